namespace Rempart.Api.Client;

/// <summary>What a watch says of an object.</summary>
public enum ApiEventType
{
    /// <summary>The object is new to the watch.</summary>
    Added,

    /// <summary>The object has changed.</summary>
    Modified,

    /// <summary>The object is gone, or no longer selected.</summary>
    Deleted,

    /// <summary>No change: everything up to this version has been told.</summary>
    Bookmark,
}

namespace Rempart.Linux;

/// <summary>What a name in a folder stands for.</summary>
public enum FileEntryKind
{
    /// <summary>A device, socket or pipe.</summary>
    Other,

    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link.</summary>
    Link,
}

namespace Rempart.Api.Meta;

/// <summary>What must hold before an object is changed.</summary>
public sealed record Preconditions
{
    /// <summary>The UID that the object must have.</summary>
    public string? Uid { get; init; }

    /// <summary>The version that the object must have.</summary>
    public string? ResourceVersion { get; init; }
}

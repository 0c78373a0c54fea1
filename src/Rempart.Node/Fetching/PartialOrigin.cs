namespace Rempart.Node.Fetching;

/// <summary>What is known of the file that partial bytes are of.</summary>
internal sealed record PartialOrigin
{
    /// <summary>Digest of the registry's blob that it is; null for a file by https.</summary>
    public string? Blob { get; init; }

    /// <summary>Its strong ETag.</summary>
    public string? ETag { get; init; }

    /// <summary>Whether the bytes came in several answers: a source that has changed in between is one reason more for another digest.</summary>
    public bool Pieced { get; init; }
}

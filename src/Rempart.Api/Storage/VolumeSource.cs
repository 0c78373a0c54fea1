namespace Rempart.Api.Storage;

/// <summary>What a volume begins with.</summary>
public sealed record VolumeSource
{
    /// <summary>Name of an Image of type <c>Disk</c>: the volume is a copy-on-write clone.</summary>
    public string? Image { get; init; }

    /// <summary>Digest that the image must have.</summary>
    public string? Digest { get; init; }
}

namespace Rempart.Api.Storage;

/// <summary>A certificate authority of servers of images.</summary>
public sealed record ImageSourceAuthority
{
    /// <summary>What sources call it.</summary>
    public required string Name { get; init; }

    /// <summary>Its certificates, PEM; at most 8 KiB.</summary>
    public required string Certificates { get; init; }
}

using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>Where the bytes of an image are.</summary>
public sealed record ImageStatus
{
    /// <summary><c>Pending</c> (awaits its upload), <c>Uploading</c>, <c>Converting</c>, <c>Ready</c> or <c>Failed</c>. Written by the node that receives it.</summary>
    [OneOf("Pending", "Uploading", "Converting", "Ready", "Failed")]
    public string? Phase { get; init; }

    /// <summary>Everyone who wrote the spec or uploaded the bytes. Written by the server.</summary>
    public IReadOnlyList<string>? Authors { get; init; }

    /// <summary>Size of the stored bytes. Written by the node.</summary>
    public Quantity? Size { get; init; }

    /// <summary>Virtual size of a disk. Written by the node.</summary>
    public Quantity? VirtualSize { get; init; }

    /// <summary>Nodes that hold the image. Written by nodes.</summary>
    public IReadOnlyList<string>? Nodes { get; init; }

    /// <summary><c>Ready</c>. Written by the node.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

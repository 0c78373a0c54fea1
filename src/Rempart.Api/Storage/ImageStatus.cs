using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>Where the bytes of an image are.</summary>
public sealed record ImageStatus
{
    /// <summary><c>Pending</c> (awaits its bytes), <c>Uploading</c>, <c>Fetching</c>, <c>Converting</c>, <c>Ready</c> or <c>Failed</c>. Written by the server as the node says.</summary>
    [OneOf("Pending", "Uploading", "Fetching", "Converting", "Ready", "Failed")]
    public string? Phase { get; init; }

    /// <summary>Everyone who wrote the spec or uploaded the bytes. Written by the server.</summary>
    public IReadOnlyList<string>? Authors { get; init; }

    /// <summary>Bytes that have come so far, while they come. Written by the server.</summary>
    public Quantity? Received { get; init; }

    /// <summary>Bytes that will come, once the source has said so. Written by the server.</summary>
    public Quantity? Total { get; init; }

    /// <summary><see cref="Received"/> of <see cref="Total"/> for people, such as <c>42%</c>. Written by the server.</summary>
    public string? Progress { get; init; }

    /// <summary>Node that the bytes come to, or came to last. Written by the server.</summary>
    public string? ReceivingNode { get; init; }

    /// <summary>How many fetches have failed. Written by the server.</summary>
    public int? FailedFetches { get; init; }

    /// <summary>When the next fetch begins after one that failed. Written by the server.</summary>
    public DateTimeOffset? NextFetchTime { get; init; }

    /// <summary>Size of the stored bytes. Written by the node.</summary>
    public Quantity? Size { get; init; }

    /// <summary>Virtual size of a disk. Written by the node.</summary>
    public Quantity? VirtualSize { get; init; }

    /// <summary>Nodes that hold the image; before it is <c>Ready</c>, those that bytes were sent to. Written by the server.</summary>
    public IReadOnlyList<string>? Nodes { get; init; }

    /// <summary>Copies to further nodes that are under way. Written by the server.</summary>
    [ListPatch("node")]
    public IReadOnlyList<ImageCopy>? Copies { get; init; }

    /// <summary>Nodes that bytes were sent to before another one had them all, and that have not said yet that they hold none. Written by the server.</summary>
    public IReadOnlyList<string>? FormerNodes { get; init; }

    /// <summary><c>Ready</c>; of one that is being deleted, <c>Removed</c>: false with what still holds its bytes. Written by the server.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

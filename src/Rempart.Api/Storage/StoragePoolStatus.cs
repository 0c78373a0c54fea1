using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>Capacity and state of a pool. Written by nodes.</summary>
public sealed record StoragePoolStatus
{
    /// <summary>Node that reports the pool: the first that did, until that node is deleted.</summary>
    public string? NodeName { get; init; }

    /// <summary>Size of the file system.</summary>
    public Quantity? Capacity { get; init; }

    /// <summary>Free space.</summary>
    public Quantity? Available { get; init; }

    /// <summary><c>Ready</c>.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

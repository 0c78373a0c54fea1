using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>What kind of place a pool is.</summary>
public sealed record StoragePoolSpec
{
    /// <summary><c>Directory</c>: files of each node, under its data folder unless the host gives the pool a path of its own.</summary>
    [OneOf("Directory")]
    public required string Type { get; init; }

    /// <summary>True for the pool of volumes that name none; one pool at most.</summary>
    public bool? Default { get; init; }
}

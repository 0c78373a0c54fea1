using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>What kind of place a pool is.</summary>
public sealed record StoragePoolSpec
{
    /// <summary><c>Directory</c>: files under the node's data folder.</summary>
    [OneOf("Directory")]
    public required string Type { get; init; }

    /// <summary>True for the pool of volumes that name none; one pool at most.</summary>
    public bool? Default { get; init; }
}

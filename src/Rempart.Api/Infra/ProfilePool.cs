namespace Rempart.Api.Infra;

/// <summary>A folder of a host that a StoragePool's volumes are kept in there.</summary>
public sealed record ProfilePool
{
    /// <summary>Name of the StoragePool.</summary>
    public required string Name { get; init; }

    /// <summary>The folder: absolute, root's alone, and empty or used for this pool before.</summary>
    public required string Path { get; init; }
}

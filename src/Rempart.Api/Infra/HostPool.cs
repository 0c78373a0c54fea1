using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>A storage pool on a host.</summary>
public sealed record HostPool
{
    /// <summary>Name of the StoragePool.</summary>
    public required string Name { get; init; }

    /// <summary>The folder; absent of one that lies beside the agent, as all do that no profile gives a folder.</summary>
    public string? Path { get; init; }

    /// <summary>Whether volumes can be kept there.</summary>
    public bool? Ready { get; init; }

    /// <summary>Why they can't.</summary>
    public string? Message { get; init; }

    /// <summary>Size of the file system.</summary>
    public Quantity? Capacity { get; init; }

    /// <summary>Free space; told anew when it has changed by a hundredth of the whole.</summary>
    public Quantity? Available { get; init; }
}

using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Processors and memory of a machine.</summary>
public sealed record MachineClassSpec
{
    /// <summary>Virtual processors: 1 to 64.</summary>
    public required int Cpus { get; init; }

    /// <summary>Memory: 64 MiB to 512 GiB, a multiple of 1 MiB.</summary>
    public required Quantity Memory { get; init; }
}

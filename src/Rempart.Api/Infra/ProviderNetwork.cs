namespace Rempart.Api.Infra;

/// <summary>A physical network that a device of a host leads to.</summary>
public sealed record ProviderNetwork
{
    /// <summary>Name of the physical network, the same on all hosts that are at it: a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>Device that leads there; it is taken from the host and given to the switch.</summary>
    public required string Device { get; init; }
}

namespace Rempart.Api.Networking;

/// <summary>The physical network that a network is a part of.</summary>
public sealed record NetworkProvider
{
    /// <summary>Name of the physical network: a provider network of host profiles.</summary>
    public required string Network { get; init; }

    /// <summary>VLAN on it: 1 to 4094; untagged when not said.</summary>
    public int? Vlan { get; init; }
}

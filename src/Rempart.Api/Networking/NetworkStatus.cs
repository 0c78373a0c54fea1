using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>What is allocated to a network. Written by the network controller.</summary>
public sealed record NetworkStatus
{
    /// <summary>IPv4 subnet.</summary>
    public string? Subnet { get; init; }

    /// <summary>Gateway, for routed networks.</summary>
    public string? Gateway { get; init; }

    /// <summary>Address of the DNS server inside the network.</summary>
    public string? DnsServer { get; init; }

    /// <summary>The metadata.generation last acted on.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Ready</c>.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

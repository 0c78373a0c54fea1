using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>What is wanted of a network.</summary>
public sealed record NetworkSpec
{
    /// <summary><c>Routed</c>: with a gateway and a way out. <c>Internal</c>: no router at all.</summary>
    [OneOf("Routed", "Internal")]
    public required string Type { get; init; }

    /// <summary>Makes an <c>Internal</c> network a part of a physical one; <c>subnet</c> must be said then. Needs the right to <c>use</c> the physical network. Can't be changed.</summary>
    public NetworkProvider? Provider { get; init; }

    /// <summary>Private IPv4 subnet (RFC 1918) such as <c>10.1.2.0/24</c> (/16 to /28); allocated when unset. Can't be changed.</summary>
    public string? Subnet { get; init; }

    /// <summary>Largest packet in bytes: 1280 to 9000, default 1442.</summary>
    public int? Mtu { get; init; }
}

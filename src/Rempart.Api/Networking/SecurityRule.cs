using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>Traffic that is allowed.</summary>
public sealed record SecurityRule
{
    /// <summary>What the rule is for; shown in flow logs.</summary>
    public string? Description { get; init; }

    /// <summary><c>TCP</c>, <c>UDP</c>, <c>ICMP</c> or <c>Any</c> (default).</summary>
    [OneOf("TCP", "UDP", "ICMP", "Any")]
    public string? Protocol { get; init; }

    /// <summary>Destination ports for TCP and UDP, at most 16; all when unset.</summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    /// <summary>The other side, at most 16; anyone when unset.</summary>
    public IReadOnlyList<SecurityPeer>? Peers { get; init; }
}

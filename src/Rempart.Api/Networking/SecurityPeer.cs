namespace Rempart.Api.Networking;

/// <summary>The other side of a rule: exactly one of its fields is set.</summary>
public sealed record SecurityPeer
{
    /// <summary>IPv4 range such as <c>192.0.2.0/24</c>.</summary>
    public string? Cidr { get; init; }

    /// <summary>Name of a security group of the same project: the addresses of its members.</summary>
    public string? SecurityGroup { get; init; }
}

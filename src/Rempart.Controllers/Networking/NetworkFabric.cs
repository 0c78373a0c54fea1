using Rempart.Api.Networking;

namespace Rempart.Controllers.Networking;

/// <summary>What all networks of an instance share.</summary>
public sealed record NetworkFabric
{
    /// <summary>Between the routers and the hosts. The first address is each host's, the second its forwarder's of names, the rest are routers'.</summary>
    public required Ipv4Subnet Uplink { get; init; }

    /// <summary>What subnets of networks are cut from when the user names none.</summary>
    public required Ipv4Subnet Pool { get; init; }

    internal System.Net.IPAddress HostAddress => Uplink[1];
}

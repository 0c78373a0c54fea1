using System.Net;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;

namespace Rempart.Controllers.Networking;

/// <summary>A network with all that was allocated to it: what the compiler needs of a Network object.</summary>
/// <param name="Uid">the object's uid.</param>
/// <param name="Project">the object's namespace.</param>
/// <param name="Name">the object's name.</param>
/// <param name="Subnet">its addresses.</param>
/// <param name="Mtu">largest packet in bytes.</param>
/// <param name="UplinkAddress">its router's address on the uplink; null for an internal network, which has no router.</param>
internal sealed record FabricNetwork(string Uid, string Project, string Name, Ipv4Subnet Subnet, int Mtu, IPAddress? UplinkAddress)
{
    /// <summary>The physical network that it is a part of; null for one that is OVN's alone.</summary>
    internal NetworkProvider? Provider { get; init; }

    /// <summary>The router's address; on an internal network nobody's, but leases come from it.</summary>
    internal IPAddress Gateway => Subnet[1];

    /// <summary>Where guests ask for names.</summary>
    internal IPAddress NameServer => NetworkRules.NameServer(Subnet);
}

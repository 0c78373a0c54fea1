using System.Net;

namespace Rempart.Controllers.Networking;

/// <summary>An interface with its addresses: what the compiler needs of a NetworkInterface object.</summary>
/// <param name="Uid">the object's uid.</param>
/// <param name="Project">the object's namespace.</param>
/// <param name="Network">uid of its network.</param>
/// <param name="Mac">its MAC address.</param>
/// <param name="Address">its IPv4 address.</param>
/// <param name="Hostname">its name in the project's DNS.</param>
/// <param name="Groups">names of its security groups; null for the project's default.</param>
/// <param name="Placement">hosts that may have it; null for whichever plugs it.</param>
internal sealed record FabricPort(string Uid, string Project, string Network, string Mac, IPAddress Address, string Hostname, IReadOnlyList<string>? Groups, PortPlacement? Placement = null);

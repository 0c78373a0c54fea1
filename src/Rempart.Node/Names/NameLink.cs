namespace Rempart.Node.Names;

/// <summary>A veth pair between the responder and one network's localport.</summary>
/// <param name="Port">the localport's name in OVN.</param>
/// <param name="Name">the responder's end, in the instance's namespace.</param>
/// <param name="Peer">the switch's end.</param>
/// <param name="Mac">the localport's MAC address.</param>
/// <param name="Address">its IPv4 address.</param>
/// <param name="PrefixLength">of the network's subnet.</param>
/// <param name="Project">whose network it is.</param>
internal sealed record NameLink(string Port, string Name, string Peer, string Mac, string Address, int PrefixLength, string Project)
{
    /// <summary>The responder's ends begin so, and nothing else in the namespace does: firewall rules name them by it.</summary>
    internal const string Prefix = "nm";

    internal const string PeerPrefix = "np";
}

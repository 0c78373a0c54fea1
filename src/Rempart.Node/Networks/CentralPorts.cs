using System.Globalization;

namespace Rempart.Node.Networks;

/// <summary>Where OVN's databases listen on the management plane of the hosts that hold them.</summary>
internal static class CentralPorts
{
    /// <summary>Northbound, for API servers and `ovn-northd`.</summary>
    internal const int Northbound = 6641;

    /// <summary>Southbound, for each host's `ovn-controller`: what it may write is limited by its certificate's name (role `ovn-controller`).</summary>
    internal const int Southbound = 6642;

    internal const int NorthboundRaft = 6643;
    internal const int SouthboundRaft = 6644;

    /// <summary>Southbound without a role, for `ovn-northd` of the other members.</summary>
    internal const int Translator = 6645;

    /// <summary>The members' addresses in Open vSwitch's notation, as one word.</summary>
    internal static string Remotes(IEnumerable<CentralMember> members, int port) => string.Join(',', members.Select(member => Remote(member, port)));

    internal static string Remote(CentralMember member, int port) => $"ssl:{member.Address}:{port.ToString(CultureInfo.InvariantCulture)}";
}

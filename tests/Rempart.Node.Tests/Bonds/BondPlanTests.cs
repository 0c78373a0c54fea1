using Rempart.Api.Infra;
using Rempart.Node.Bonds;

namespace Rempart.Node.Tests.Bonds;

/// <summary>Which commands make bonds, and what keeps them from being made. The kernels that tests run on have no bonds: the commands are held here, what they do to addresses and routes in BondKeeperTests.</summary>
public sealed class BondPlanTests
{
    private const string Links = """
        [{"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536},
         {"ifname":"eth0","flags":["UP"],"mtu":1500},
         {"ifname":"eth1","flags":["UP"],"mtu":9000},
         {"ifname":"eth2","flags":[],"mtu":1500,"master":"br0"},
         {"ifname":"eth3","flags":["UP"],"mtu":1500},
         {"ifname":"eth3.100","link":"eth3","flags":["UP"],"mtu":1500,"linkinfo":{"info_kind":"vlan"}},
         {"ifname":"br0","flags":["UP"],"mtu":1500,"linkinfo":{"info_kind":"bridge","info_data":{}}},
         {"ifname":"eth4","flags":["UP"],"mtu":1500},
         {"ifname":"eth5","flags":["UP"],"mtu":1500,"master":"bond5"},
         {"ifname":"eth6","flags":["UP"],"mtu":1500,"master":"bond5"},
         {"ifname":"eth7","flags":[],"mtu":1500},
         {"ifname":"eth8","flags":["UP"],"mtu":1500,"master":"bond8"},
         {"ifname":"bond5","flags":["UP"],"mtu":1500,"ifalias":"rempart","linkinfo":{"info_kind":"bond","info_data":{"mode":"active-backup"}}},
         {"ifname":"bond8","flags":["UP"],"mtu":1500,"linkinfo":{"info_kind":"bond","info_data":{"mode":"active-backup"}}}]
        """;
    private const string Addresses = """
        [{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.1.0.7","prefixlen":24,"broadcast":"10.1.0.255","scope":"global","valid_life_time":4294967295},
                                       {"family":"inet6","local":"fd00::7","prefixlen":64,"scope":"global","valid_life_time":4294967295},
                                       {"family":"inet6","local":"fd00::aa","prefixlen":64,"scope":"global","dynamic":true,"valid_life_time":3000},
                                       {"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"link","valid_life_time":4294967295}]},
         {"ifname":"eth1","addr_info":[]},
         {"ifname":"eth4","addr_info":[{"family":"inet","local":"10.4.0.7","prefixlen":24,"scope":"global","dynamic":true,"valid_life_time":3000}]}]
        """;
    private const string V4 = """
        [{"dst":"default","gateway":"10.1.0.1","dev":"eth0","protocol":"static","metric":50,"flags":["onlink"]},
         {"dst":"10.77.0.0/16","dev":"eth0","table":"100","scope":"link","prefsrc":"10.1.0.7","flags":[]},
         {"dst":"10.1.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.1.0.7","flags":[]},
         {"type":"local","dst":"10.1.0.7","dev":"eth0","table":"local","protocol":"kernel","flags":[]},
         {"dst":"10.78.0.0/16","flags":[],"nexthops":[{"gateway":"10.1.0.2","dev":"eth7"},{"gateway":"10.1.0.3","dev":"eth0"}]}]
        """;
    private const string V6 = """[{"dst":"default","gateway":"fd00::1","dev":"eth0","metric":1024,"flags":[],"pref":"medium"},{"dst":"default","gateway":"fe80::9","dev":"eth0","protocol":"ra","flags":[]}]""";

    private static readonly NetworkState Now = NetworkState.Parse(Links, Addresses, V4, V6) with { Shared = ["eth7"] };

    [Fact]
    public void The_address_and_routes_of_a_device_move_to_its_bond()
    {
        var plan = BondPlan.Decide(Now, [new() { Name = "bond0", Devices = ["eth0", "eth1"] }], BondType.Kernel);
        Assert.Empty(plan.Findings);
        Assert.Equal(
            """
            link add name bond0 mtu 1500 type bond mode active-backup miimon 100
            link set dev bond0 alias rempart
            link set dev eth0 down
            link set dev eth0 master bond0
            link set dev eth0 up
            link set dev eth1 down
            link set dev eth1 master bond0
            link set dev eth1 up
            link set dev bond0 up
            address del 10.1.0.7/24 dev eth0
            address replace 10.1.0.7/24 broadcast 10.1.0.255 dev bond0
            address replace fd00::7/64 dev bond0
            -4 route replace 10.77.0.0/16 table 100 scope link src 10.1.0.7 dev bond0
            -4 route replace default via 10.1.0.1 proto static metric 50 onlink dev bond0
            -6 route replace default via fd00::1 metric 1024 dev bond0
            """, Text(plan));
    }

    [Fact]
    public void Lacp_spreads_by_addresses_and_is_asked_for_by_name() =>
        Assert.Equal("link add name bond0 mtu 9000 type bond mode 802.3ad miimon 100 lacp_rate slow xmit_hash_policy layer2+3", Text(BondPlan.Decide(Now, [new() { Name = "bond0", Mode = "802.3ad", Devices = ["eth1"] }], BondType.Kernel)).Split('\n')[0]);

    [Fact]
    public void A_bond_of_ours_gets_and_loses_devices_and_one_that_is_so_is_left_alone()
    {
        Assert.Equal("link set dev eth6 nomaster\nlink set dev eth1 down\nlink set dev eth1 master bond5\nlink set dev eth1 up", Text(BondPlan.Decide(Now, [new() { Name = "bond5", Devices = ["eth5", "eth1"] }], BondType.Kernel)));
        foreach (var bond in new HostBond[] { new() { Name = "bond5", Devices = ["eth6", "eth5"] }, new() { Name = "bond8", Devices = ["eth8"] } })
        {
            var plan = BondPlan.Decide(Now, [bond], BondType.Kernel);
            Assert.Equal((0, 0), (plan.Steps.Count, plan.Findings.Count));
        }
    }

    [Theory]
    [InlineData("bond0", null, "eth9", "there is no device `eth9`")]
    [InlineData("bond0", null, "eth2", "`eth2` is part of `br0`")]
    [InlineData("bond0", null, "eth3", "`eth3.100` lies upon `eth3`")]
    [InlineData("bond0", null, "eth4", "comes by DHCP")]
    [InlineData("bond0", null, "eth7", "route over several devices")]
    [InlineData("bond0", null, "bond5", "is a bond itself")]
    [InlineData("br0", null, "eth1", "another device of this name, of kind `bridge`")]
    [InlineData("eth1", null, "eth0", "of kind `hardware`")]
    [InlineData("bond5", "802.3ad", "eth1", "its mode is `active-backup` and not `802.3ad`")]
    [InlineData("bond8", null, "eth1", "made by somebody else")]
    public void What_is_in_the_way_is_said_and_nothing_is_done(string name, string? mode, string device, string said)
    {
        var plan = BondPlan.Decide(Now, [new() { Name = "good", Devices = ["eth1"] }, new() { Name = name, Mode = mode, Devices = [device] }], BondType.Kernel);
        Assert.Contains(said, Assert.Single(plan.Findings).Message, StringComparison.Ordinal);
        Assert.Empty(plan.Steps);
    }

    [Fact]
    public void A_network_that_is_as_it_was_needs_nothing() => Assert.Empty(BondUndo.Decide(Now, Now, ["eth0", "eth1", "bond0", "bond5"]));

    private static string Text(BondPlan plan) => string.Join('\n', plan.Steps.Select(step => string.Join(' ', step)));
}

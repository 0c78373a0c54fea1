using System.Net;
using System.Text;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;
using Rempart.Protocols.Ovsdb;
using static Rempart.Controllers.Tests.Networking.FabricSamples;

namespace Rempart.Controllers.Tests.Networking;

public sealed class NorthboundCompilerTests
{
    private static readonly SecurityGroupSpec Shell = new()
    {
        Ingress =
        [
            new SecurityRule { Protocol = "TCP", Ports = [new PortRange { Port = 22 }, new PortRange { Port = 8000, EndPort = 8080 }], Peers = [new SecurityPeer { Cidr = "192.0.2.0/24" }, new SecurityPeer { SecurityGroup = "shell" }] },
        ],
        Egress = [],
    };

    [Fact]
    public void A_project_with_two_machines_and_a_group_compiles_to_these_rows()
    {
        var state = State(Port("nic-1", Net, 11), Port("nic-2", Net, 12, ["shell"])) with
        {
            Networks = [Net, new FabricNetwork("net-2", "shop", "closed", Ipv4Subnet.Parse("10.128.2.0/24"), 1442, null)],
            Groups = [new FabricGroup("group-1", "shop", "shell", Shell)],
            HostAddresses = [IPAddress.Parse("203.0.113.1")],
        };

        var text = Text(NorthboundCompiler.Compile(state));

        // Kept for whoever changes the compiler on purpose and then takes it as the new golden file.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "Networking", "northbound.actual.txt"), text);
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Networking", "northbound.golden.txt")), text);
    }

    [Theory]
    [InlineData(120, "120")]
    [InlineData(null, """["set",[]]""")]
    public void A_network_on_a_wire_leads_there_with_its_tag(int? vlan, string tag)
    {
        var wire = new FabricNetwork("net-3", "shop", "wire", Ipv4Subnet.Parse("10.66.0.0/24"), 1442, null) { Provider = new NetworkProvider { Network = "floor", Vlan = vlan } };

        var rows = NorthboundCompiler.Compile(State(Port("nic-1", wire, 11)) with { Networks = [wire] });

        var way = rows.Single(row => row.Key == "net-3/provider").Columns;
        Assert.Equal(("localnet", """["map",[["network_name","provider-floor"]]]""", tag), (way["type"].Text, way["options"].ToString(), way["tag"].ToString()));
        Assert.Contains(rows.Single(row => row.Key == "net-3").Columns["ports"].Atoms, port => port.Text == "net-3/provider");
        Assert.DoesNotContain(rows, row => row.Table == "Logical_Router");
    }

    [Fact]
    public void A_port_whose_group_does_not_exist_has_neither_its_rules_nor_the_defaults()
    {
        var port = Port("nic-1", Net, 11, ["gone"]);

        var rows = NorthboundCompiler.Compile(State(port));

        var groups = rows.Where(r => r.Table == "Port_Group" && r.Columns["ports"].Atoms.Any(a => a.Text == port.Uid)).Select(r => r.Columns["name"].Text!);
        Assert.Equal([$"prj_{port.Project}", "rempart_all"], groups.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_ports_host_is_named_and_both_while_it_moves()
    {
        PortPlacement?[] places = [PortPlacement.Of(null, "host-2"), PortPlacement.Of("host-1", null), PortPlacement.Of("host-1", "host-1"), PortPlacement.Of("host-1", "host-2")];

        var rows = places.Select(place => NorthboundCompiler.Compile(State(Port("nic-1", Net, 11) with { Placement = place })).Single(r => r.Key == "nic-1").Columns["options"].ToString());

        const string Stays = """["map",[["requested-chassis","host-1"]]]""";
        Assert.Equal(["""["map",[]]""", Stays, Stays, """["map",[["activation-strategy","rarp"],["requested-chassis","host-1,host-2"]]]"""], rows);
    }

    [Fact]
    public void Hosts_share_the_ways_out_and_one_that_comes_moves_only_what_it_takes()
    {
        string[] three = ["a", "b", "c"];
        var networks = Enumerable.Range(0, 300).Select(i => $"net-{i}").ToList();

        var before = networks.ToDictionary(n => n, n => GatewayOrder.Of(n, three)[0]);
        var after = networks.ToDictionary(n => n, n => GatewayOrder.Of(n, [.. three, "d"])[0]);

        Assert.All(three, host => Assert.InRange(before.Values.Count(h => h == host), 50, 150));
        Assert.All(networks, n => Assert.True(after[n] == before[n] || after[n] == "d"));
        Assert.All(networks, n => Assert.Equal(GatewayOrder.Of(n, three), GatewayOrder.Of(n, three.Reverse())));
        Assert.Equal(5, GatewayOrder.Of("net-1", Enumerable.Range(0, 40).Select(i => $"host-{i}")).Count);
    }

    [Fact]
    public void The_order_of_objects_does_not_matter()
    {
        var state = FabricSamples.Random(new Random(7));

        var shuffled = state with { Networks = [.. state.Networks.Reverse()], Ports = [.. state.Ports.Reverse()], Groups = [.. state.Groups.Reverse()] };

        Assert.Equal(Text(NorthboundCompiler.Compile(state)), Text(NorthboundCompiler.Compile(shuffled)));
    }

    [Theory]
    [InlineData(null, 80, null)]
    [InlineData("ICMP", 80, null)]
    [InlineData("TCP", null, "missing")]
    public void A_rule_that_can_not_be_said_allows_nothing(string? protocol, int? port, string? group)
    {
        var rule = new SecurityRule
        {
            Protocol = protocol,
            Ports = port is { } p ? [new PortRange { Port = p }] : null,
            Peers = group is null ? null : [new SecurityPeer { SecurityGroup = group }],
        };
        var state = State(Port("nic-1", Net, 11, ["g"])) with { Groups = [new FabricGroup("group-1", "shop", "g", new SecurityGroupSpec { Ingress = [rule], Egress = [rule] })] };

        var rows = NorthboundCompiler.Compile(state);

        Assert.DoesNotContain(rows, r => r.Table == "ACL" && r.Uid == "group-1");
    }

    [Fact]
    public void A_peer_that_does_not_exist_leaves_the_rules_other_peers_alone()
    {
        var rule = new SecurityRule { Peers = [new() { SecurityGroup = "missing" }, new() { Cidr = "198.51.100.0/24" }] };
        // A group of this name in another project is not the one that is named.
        var state = State(Port("nic-1", Net, 11, ["g"])) with
        {
            Groups = [new FabricGroup("group-1", "shop", "g", new SecurityGroupSpec { Ingress = [rule], Egress = [] }), new FabricGroup("group-2", "other", "missing", new SecurityGroupSpec())],
        };

        var acl = Assert.Single(NorthboundCompiler.Compile(state), r => r.Table == "ACL" && r.Uid == "group-1");

        Assert.Equal("outport == @sg_group_1 && ip4 && ip4.src == 198.51.100.0/24", acl.Columns["match"].Text);
    }

    [Fact]
    public void What_no_rule_can_open_stands_above_every_rule_and_leaves_only_the_projects_own_networks_out()
    {
        var other = new FabricNetwork("net-9", "bank", "default", Ipv4Subnet.Parse("192.168.7.0/24"), 1442, IPAddress.Parse("100.64.0.9"));
        var state = State(Port("nic-1", Net, 11, ["g"])) with
        {
            Networks = [Net, other],
            Groups = [new FabricGroup("group-1", "shop", "g", new SecurityGroupSpec { Egress = [new SecurityRule { Peers = [new SecurityPeer { Cidr = "0.0.0.0/0" }] }] })],
            HostAddresses = [IPAddress.Parse("203.0.113.1")],
        };

        var rows = NorthboundCompiler.Compile(state);

        long Priority(string key) => rows.Single(r => r.Key == key).Columns["priority"].Atoms.Single().AsInteger();
        Assert.True(Priority("project:shop/acl/guard") > Priority("group-1/acl/out/0"));
        var guarded = rows.Single(r => r.Key == "addresses:guard_shop").Columns["addresses"].Atoms.Select(a => Ipv4Subnet.Parse(a.Text)).ToList();
        foreach (var refused in new[] { "10.128.0.1", "10.255.0.1", "100.64.0.1", "100.64.0.9", "169.254.169.254", "203.0.113.1", "192.168.7.5", "10.128.2.1" })
            Assert.Contains(guarded, g => g.Contains(IPAddress.Parse(refused)));
        foreach (var left in new[] { "10.128.1.5", "198.51.100.1", "192.168.8.1" }) Assert.DoesNotContain(guarded, g => g.Contains(IPAddress.Parse(left)));
    }

    [Fact]
    public void A_port_may_use_its_own_addresses_only_and_is_in_the_group_that_drops()
    {
        foreach (var seed in Enumerable.Range(0, 50))
        {
            var state = FabricSamples.Random(new Random(seed));
            var rows = NorthboundCompiler.Compile(state);
            var everyone = rows.Single(r => r.Key == "group:rempart_all").Columns["ports"];
            foreach (var port in state.Ports)
            {
                var row = rows.Single(r => r.Key == port.Uid);
                Assert.Equal($"{port.Mac} {port.Address}", row.Columns["port_security"].Text);
                Assert.True(everyone.Contains(OvsdbAtom.Named(port.Uid)), $"seed {seed}: {port.Uid}");
            }
        }
    }

    private static string Text(IReadOnlyList<NorthboundRow> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(row.Table).Append(' ').Append(row.Key).Append(" for ").Append(row.Uid).Append('\n');
            foreach (var (column, value) in row.Columns.OrderBy(c => c.Key, StringComparer.Ordinal)) text.Append("  ").Append(column).Append(": ").Append(value.ToString()).Append('\n');
        }
        return text.ToString();
    }
}

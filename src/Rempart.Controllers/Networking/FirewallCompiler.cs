using System.Globalization;
using Rempart.Api.Networking;
using Rempart.Protocols.Ovsdb;
using static Rempart.Controllers.Networking.NorthboundCompiler;

namespace Rempart.Controllers.Networking;

/// <summary>
/// Compiles security groups to port groups, address sets and access lists. In order of priority: what every port needs (DHCP,
/// DNS); what no rule can open (hosts, the uplink, link-local addresses, other projects); what rules allow; nothing else, in
/// both directions. Answers to allowed traffic pass by connection tracking.
/// </summary>
internal static class FirewallCompiler
{
    /// <summary>All interfaces of all projects.</summary>
    internal const string Everyone = "rempart_all";

    private const string Everything = "everything";
    private const int ServicePriority = 3000;
    private const int GuardPriority = 2000;
    private const int RulePriority = 1500;
    private const int ArpPriority = 1001;
    private const int DenyPriority = 1000;
    private const string Out = "from-lport";
    private const string In = "to-lport";

    internal static IEnumerable<NorthboundRow> Compile(FabricState state, IReadOnlyList<FabricNetwork> networks, IReadOnlyList<FabricPort> ports)
    {
        foreach (var row in Deny(ports)) yield return row;
        var guarded = Guarded(state, networks).ToList();
        foreach (var project in ports.GroupBy(p => p.Project).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            foreach (var row in Project(project.Key, [.. project], networks, guarded)) yield return row;
        }
        var groups = state.Groups.OrderBy(g => g.Uid, StringComparer.Ordinal).ToList();
        var byName = groups.ToDictionary(g => (g.Project, g.Name), g => g);
        foreach (var group in groups)
        {
            var members = ports.Where(p => p.Project == group.Project && p.Groups is not null && p.Groups.Contains(group.Name, StringComparer.Ordinal));
            foreach (var row in Group(group, [.. members], byName)) yield return row;
        }
    }

    /// <summary>What a network's ports always may: ask for their lease, and for names.</summary>
    internal static IEnumerable<NorthboundRow> Services(FabricNetwork network)
    {
        yield return Acl($"{network.Uid}/acl/dhcp", network.Uid, Out, ServicePriority, "allow-related",
            $"inport == @{Everyone} && udp.src == 68 && udp.dst == 67 && ip4.dst == {{255.255.255.255, {network.Gateway}}}");
        yield return Acl($"{network.Uid}/acl/dns", network.Uid, Out, ServicePriority, "allow-related",
            $"inport == @{Everyone} && ip4.dst == {network.NameServer} && (udp.dst == 53 || tcp.dst == 53)");
    }

    private static IEnumerable<NorthboundRow> Deny(IReadOnlyList<FabricPort> ports)
    {
        // ARP is held to the port's own addresses by port security; all else that is not allowed is dropped, IPv6 included.
        // Two rules, for `eth.type != 0x806` can't be said in OpenFlow: OVN would leave it out without a word.
        foreach (var (direction, side, port) in new[] { (In, "in", "outport"), (Out, "out", "inport") })
        {
            yield return Acl($"{Everything}/acl/{side}", Everything, direction, DenyPriority, "drop", $"{port} == @{Everyone}");
            yield return Acl($"{Everything}/acl/{side}/arp", Everything, direction, ArpPriority, "allow-related", $"{port} == @{Everyone} && arp");
        }
        yield return PortGroup(Everyone, Everything, ports, [$"{Everything}/acl/in", $"{Everything}/acl/in/arp", $"{Everything}/acl/out", $"{Everything}/acl/out/arp"]);
    }

    private static IEnumerable<NorthboundRow> Project(string project, IReadOnlyList<FabricPort> ports, IReadOnlyList<FabricNetwork> networks, List<Ipv4Subnet> guarded)
    {
        var owner = $"project:{project}";
        var own = networks.Where(n => n.Project == project).Select(n => n.Subnet).ToList();
        yield return AddressSet($"guard_{Identifier(project)}", owner, own.Aggregate((IEnumerable<Ipv4Subnet>)guarded, (left, subnet) => left.SelectMany(g => g.Without(subnet))));
        yield return Acl($"{owner}/acl/guard", owner, Out, GuardPriority, "drop", $"inport == @prj_{Identifier(project)} && ip4.dst == $guard_{Identifier(project)}");
        yield return PortGroup($"prj_{Identifier(project)}", owner, ports, [$"{owner}/acl/guard"]);
        yield return Acl($"{owner}/acl/default", owner, Out, RulePriority, "allow-related", $"inport == @def_{Identifier(project)} && ip4");
        yield return PortGroup($"def_{Identifier(project)}", owner, ports.Where(p => p.Groups is null), [$"{owner}/acl/default"]);
    }

    private static IEnumerable<NorthboundRow> Group(FabricGroup group, IReadOnlyList<FabricPort> members, Dictionary<(string Project, string Name), FabricGroup> groups)
    {
        var name = GroupName(group);
        var acls = new List<NorthboundRow>();
        foreach (var (i, rule) in (group.Rules.Ingress ?? []).Index())
        {
            if (Match(rule, "ip4.src", group.Project, groups) is { } match)
                acls.Add(Acl($"{group.Uid}/acl/in/{Number(i)}", group.Uid, In, RulePriority, "allow-related", $"outport == @{name} && {match}"));
        }
        foreach (var (i, rule) in (group.Rules.Egress ?? [new SecurityRule()]).Index())
        {
            if (Match(rule, "ip4.dst", group.Project, groups) is { } match)
                acls.Add(Acl($"{group.Uid}/acl/out/{Number(i)}", group.Uid, Out, RulePriority, "allow-related", $"inport == @{name} && {match}"));
        }
        foreach (var acl in acls) yield return acl;
        yield return PortGroup(name, group.Uid, members, acls.Select(a => a.Key));
    }

    /// <returns>null when the rule matches nothing: it names only groups that do not exist, or ports of a protocol without ports.</returns>
    private static string? Match(SecurityRule rule, string peerField, string project, Dictionary<(string Project, string Name), FabricGroup> groups)
    {
        var parts = new List<string>
        {
            rule.Protocol switch
            {
                "TCP" => "ip4 && tcp",
                "UDP" => "ip4 && udp",
                "ICMP" => "icmp4",
                _ => "ip4",
            },
        };
        if (rule.Peers is { Count: > 0 } peers)
        {
            var sides = peers.Where(p => p.Cidr is not null).Select(p => $"{peerField} == {p.Cidr}")
                .Concat(peers.Where(p => p.SecurityGroup is not null && groups.ContainsKey((project, p.SecurityGroup)))
                    .Select(p => $"{peerField} == ${GroupName(groups[(project, p.SecurityGroup!)])}_ip4")).ToList();
            if (sides.Count == 0) return null;
            parts.Add(AnyOf(sides));
        }
        if (rule.Ports is { Count: > 0 })
        {
            if (rule.Protocol is not ("TCP" or "UDP")) return null; // admission refuses it; a rule must never mean more than it says
            var field = rule.Protocol == "TCP" ? "tcp.dst" : "udp.dst";
            parts.Add(AnyOf([.. rule.Ports.Select(p => p.EndPort is { } last && last != p.Port
                ? $"({field} >= {Number(p.Port)} && {field} <= {Number(last)})"
                : $"{field} == {Number(p.Port)}")]));
        }
        return string.Join(" && ", parts);
    }

    private static string AnyOf(List<string> alternatives) => alternatives.Count == 1 ? alternatives[0] : $"({string.Join(" || ", alternatives)})";

    /// <summary>Networks outside of the pool are guarded one by one: their users chose the addresses.</summary>
    private static IEnumerable<Ipv4Subnet> Guarded(FabricState state, IReadOnlyList<FabricNetwork> networks) =>
        new[] { state.Fabric.Pool, state.Fabric.Uplink, Ipv4Subnet.Parse("169.254.0.0/16"), Ipv4Subnet.Parse("127.0.0.0/8") }
            .Concat(networks.Select(n => n.Subnet).Where(s => !state.Fabric.Pool.Contains(s)))
            .Concat(state.HostAddresses.Select(a => Ipv4Subnet.Of(a, 32)))
            .Distinct();

    private static NorthboundRow Acl(string key, string uid, string direction, int priority, string action, string match) =>
        Row("ACL", key, uid, ("direction", Text(direction)), ("priority", OvsdbDatum.Of(priority)), ("action", Text(action)), ("match", Text(match)));

    private static NorthboundRow PortGroup(string name, string uid, IEnumerable<FabricPort> ports, IEnumerable<string> acls) =>
        Row("Port_Group", $"group:{name}", uid, ("name", Text(name)), ("ports", References(ports.Select(p => p.Uid))), ("acls", References(acls)));

    private static NorthboundRow AddressSet(string name, string uid, IEnumerable<Ipv4Subnet> addresses) =>
        Row("Address_Set", $"addresses:{name}", uid, ("name", Text(name)), ("addresses", OvsdbDatum.Set(addresses.Select(a => a.ToString()))));

    private static string GroupName(FabricGroup group) => $"sg_{Identifier(group.Uid)}";

    /// <summary>OVN's names are C identifiers; `_` is in no name or uid of the API, so the result stays unique.</summary>
    private static string Identifier(string name) => name.Replace('-', '_');

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

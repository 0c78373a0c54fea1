using System.Globalization;
using System.Net;
using Rempart.Policy.Networking;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Controllers.Networking;

/// <summary>Compiles networks and interfaces to the rows of OVN's northbound database. Pure: the same state gives the same rows in the same order.</summary>
internal static class NorthboundCompiler
{
    /// <summary>Zone of all projects' machines; a machine is `HOST.PROJECT.rempart.internal`.</summary>
    internal const string Zone = "rempart.internal";

    private const string UplinkKey = "uplink";
    private const string UplinkPortKey = "uplink/host";

    /// <summary>OVN's name of the physical network, see `ovn-bridge-mappings` on each host.</summary>
    private const string PhysicalNetwork = "uplink";

    /// <summary>OVN's names of provider networks begin so (`Rempart.Node`, `ProviderBridges`).</summary>
    private const string ProviderPrefix = "provider-";

    /// <summary>Notes at ports, which the agent reads (`Rempart.Node`, `NamePlan`).</summary>
    private const string ProjectId = "rempart-project";

    private const string HostId = "rempart-host";
    private const string SubnetId = "rempart-subnet";
    private const string LeaseSeconds = "3600";
    private const int FirstPriority = 100;

    internal static IReadOnlyList<NorthboundRow> Compile(FabricState state)
    {
        var networks = state.Networks.OrderBy(n => n.Uid, StringComparer.Ordinal).ToList();
        var known = networks.Select(n => n.Uid).ToHashSet(StringComparer.Ordinal);
        var ports = state.Ports.Where(p => known.Contains(p.Network)).OrderBy(p => p.Uid, StringComparer.Ordinal).ToList();
        var rows = new List<NorthboundRow>();
        rows.AddRange(UplinkSwitch(networks));
        foreach (var network in networks)
        {
            var members = ports.Where(p => p.Network == network.Uid).ToList();
            rows.AddRange(Switch(network, members));
            if (network.UplinkAddress is { } uplink) rows.AddRange(Router(network, uplink, state));
        }
        rows.AddRange(FirewallCompiler.Compile(state, networks, ports));
        return rows;
    }

    /// <summary>A MAC address for a router or service of Rempart's own; interfaces never get one of this prefix.</summary>
    internal static string ServiceMac(IPAddress address) =>
        MacRules.ServicePrefix + string.Join(':', address.GetAddressBytes().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    private static IEnumerable<NorthboundRow> UplinkSwitch(List<FabricNetwork> networks)
    {
        var routed = networks.Where(n => n.UplinkAddress is not null).ToList();
        if (routed.Count == 0) yield break;
        yield return Row("Logical_Switch_Port", UplinkPortKey, UplinkKey, ("name", Text("uplink-host")), ("type", Text("localnet")),
            ("addresses", Text("unknown")), ("options", Map(("network_name", PhysicalNetwork))));
        foreach (var network in routed)
        {
            yield return Row("Logical_Switch_Port", $"{network.Uid}/uplink/port", network.Uid, ("name", Text($"uplink-{network.Uid}")), ("type", Text("router")),
                ("addresses", Text("router")), ("options", Map(("router-port", RouterUplink(network)), ("nat-addresses", "router"))));
        }
        yield return Row("Logical_Switch", UplinkKey, UplinkKey, ("name", Text("uplink")),
            ("ports", References(routed.Select(n => $"{n.Uid}/uplink/port").Append(UplinkPortKey))));
    }

    private static IEnumerable<NorthboundRow> Switch(FabricNetwork network, List<FabricPort> members)
    {
        yield return Dhcp(network);
        // OVN carries what is noted at ports to every host, where the agent tells it to the responder behind the localport.
        yield return Row("Logical_Switch_Port", $"{network.Uid}/names", network.Uid, ("name", Text($"names-{network.Uid}")), ("type", Text("localport")),
            ("addresses", Text($"{ServiceMac(network.NameServer)} {network.NameServer}")), ("options", OvsdbDatum.EmptyMap),
            (NorthboundRow.Notes, Map((ProjectId, network.Project), (SubnetId, network.Subnet.ToString()))));
        if (network.UplinkAddress is not null)
        {
            yield return Row("Logical_Switch_Port", $"{network.Uid}/gateway", network.Uid, ("name", Text($"gateway-{network.Uid}")), ("type", Text("router")),
                ("addresses", Text("router")), ("options", Map(("router-port", RouterGateway(network)))));
        }
        if (network.Provider is { } provider)
        {
            // A host whose profile has no such network has no way there, and nothing else of it either.
            yield return Row("Logical_Switch_Port", $"{network.Uid}/provider", network.Uid, ("name", Text($"provider-{network.Uid}")), ("type", Text("localnet")), ("addresses", Text("unknown")),
                ("options", Map(("network_name", ProviderPrefix + provider.Network))), ("tag", provider.Vlan is { } vlan ? OvsdbDatum.Of(vlan) : OvsdbDatum.Empty));
        }
        foreach (var port in members)
        {
            var addresses = $"{port.Mac} {port.Address}";
            yield return Row("Logical_Switch_Port", port.Uid, port.Uid, ("name", Text(port.Uid)), ("type", Text("")), ("addresses", Text(addresses)),
                ("port_security", Text(addresses)), ("options", PortPlacement.Options(port.Placement)), ("dhcpv4_options", Reference($"{network.Uid}/dhcp")),
                (NorthboundRow.Notes, Map((ProjectId, port.Project), (HostId, port.Hostname.ToLowerInvariant()))));
        }
        foreach (var acl in FirewallCompiler.Services(network)) yield return acl;
        yield return Row("Logical_Switch", network.Uid, network.Uid, ("name", Text($"{network.Project}/{network.Name}")),
            ("ports", References([.. members.Select(m => m.Uid), $"{network.Uid}/names", .. network.UplinkAddress is null ? [] : new[] { $"{network.Uid}/gateway" }, .. network.Provider is null ? [] : new[] { $"{network.Uid}/provider" }])),
            ("acls", References(FirewallCompiler.Services(network).Select(a => a.Key))),
            // With records OVN answers by itself, but neither EDNS nor AAAA, and lets everything from UDP port 53 in.
            ("dns_records", OvsdbDatum.Empty));
    }

    private static NorthboundRow Dhcp(FabricNetwork network)
    {
        var options = new List<(string, string)>
        {
            ("server_id", network.Gateway.ToString()),
            ("server_mac", ServiceMac(network.Gateway)),
            ("lease_time", LeaseSeconds),
            ("mtu", network.Mtu.ToString(CultureInfo.InvariantCulture)),
            ("dns_server", network.NameServer.ToString()),
            ("domain_name", $"\"{network.Project}.{Zone}\""),
        };
        if (network.UplinkAddress is not null) options.Add(("router", network.Gateway.ToString()));
        return Row("DHCP_Options", $"{network.Uid}/dhcp", network.Uid, ("cidr", Text(network.Subnet.ToString())), ("options", Map([.. options])));
    }

    private static IEnumerable<NorthboundRow> Router(FabricNetwork network, IPAddress uplink, FabricState state)
    {
        var gateways = GatewayOrder.Of(network.Uid, state.Chassis);
        foreach (var (i, chassis) in gateways.Index())
        {
            yield return Row("Gateway_Chassis", $"{network.Uid}/chassis/{chassis}", network.Uid, ("name", Text($"{RouterUplink(network)}-{chassis}")),
                ("chassis_name", Text(chassis)), ("priority", OvsdbDatum.Of(FirstPriority - i)));
        }
        yield return Row("Logical_Router_Port", $"{network.Uid}/router/gateway", network.Uid, ("name", Text(RouterGateway(network))),
            ("mac", Text(ServiceMac(network.Gateway))), ("networks", Text($"{network.Gateway}/{Number(network.Subnet.Prefix)}")));
        yield return Row("Logical_Router_Port", $"{network.Uid}/router/uplink", network.Uid, ("name", Text(RouterUplink(network))),
            ("mac", Text(ServiceMac(uplink))), ("networks", Text($"{uplink}/{Number(state.Fabric.Uplink.Prefix)}")),
            ("gateway_chassis", References(gateways.Select(c => $"{network.Uid}/chassis/{c}"))));
        yield return Row("Logical_Router_Static_Route", $"{network.Uid}/router/default", network.Uid, ("ip_prefix", Text("0.0.0.0/0")),
            ("nexthop", Text(state.Fabric.HostAddress.ToString())), ("output_port", Text(RouterUplink(network))));
        yield return Row("NAT", $"{network.Uid}/router/nat", network.Uid, ("type", Text("snat")), ("external_ip", Text(uplink.ToString())),
            ("logical_ip", Text(network.Subnet.ToString())));
        yield return Row("Logical_Router", $"{network.Uid}/router", network.Uid, ("name", Text($"{network.Project}/{network.Name}")),
            ("ports", References([$"{network.Uid}/router/gateway", $"{network.Uid}/router/uplink"])),
            ("static_routes", Reference($"{network.Uid}/router/default")), ("nat", Reference($"{network.Uid}/router/nat")));
    }

    private static string RouterGateway(FabricNetwork network) => $"router-{network.Uid}";

    private static string RouterUplink(FabricNetwork network) => $"router-uplink-{network.Uid}";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    internal static NorthboundRow Row(string table, string key, string uid, params (string Column, OvsdbDatum Value)[] columns) =>
        new(table, key, uid, columns.ToDictionary(c => c.Column, c => c.Value, StringComparer.Ordinal));

    internal static OvsdbDatum Text(string value) => OvsdbDatum.Of(value);

    internal static OvsdbDatum Reference(string key) => OvsdbDatum.Of(OvsdbAtom.Named(key));

    internal static OvsdbDatum References(IEnumerable<string> keys) => OvsdbDatum.Set(keys.Select(OvsdbAtom.Named));

    private static OvsdbDatum Map(params (string Key, string Value)[] pairs) => OvsdbDatum.Map(pairs.Select(p => KeyValuePair.Create(p.Key, p.Value)));
}

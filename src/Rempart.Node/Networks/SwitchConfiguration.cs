using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Networks;

/// <summary>
/// What the switch's database must say before the switch starts (the datapath's options are read once): who this chassis is,
/// where OVN is, and the two bridges. No `userspace-tso-enable`: with it Open vSwitch 3.1 spoils unfinished checksums of what
/// it translates, and guests without the virtio header drop such packets.
/// </summary>
internal static class SwitchConfiguration
{
    internal const string Database = "Open_vSwitch";

    /// <summary>The bridge behind which the uplink is; provider networks come behind it, in the same line.</summary>
    internal const string UplinkMapping = $"{NetworkLayout.UplinkNetwork}:{NetworkLayout.UplinkBridge}";

    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["Open_vSwitch"] = ["bridges", "external_ids"],
        ["Bridge"] = ["name", "ports", "datapath_type", "fail_mode"],
        ["Port"] = ["name", "interfaces"],
        ["Interface"] = ["name", "external_ids", "ofport", "error"],
    };

    /// <summary>The operations that lead from what is there to what must be; none when nothing is missing.</summary>
    internal static IReadOnlyList<OvsdbOperation> Decide(OvsdbReplica observed, NetworkSettings settings)
    {
        var operations = new List<OvsdbOperation>();
        var bridges = new List<OvsdbAtom>();
        var missing = new List<string>();
        foreach (var (name, ports) in new[]
        {
            (NetworkLayout.UplinkBridge, new[] { NetworkLayout.NamespaceVeth, NetworkLayout.NameServerPeer }),
            (NetworkLayout.IntegrationBridge, []),
            (NetworkLayout.TunnelBridge, [NetworkLayout.TunnelVeth]),
        }.Where(b => b.Item1 != NetworkLayout.TunnelBridge || settings is { IsCluster: true, Datapath: Datapath.Userspace }))
        {
            if (observed.Rows("Bridge").Any(b => b["name"].Text == name)) continue;
            missing.Add(name);
            operations.AddRange(InsertBridge(name, ports, settings));
            bridges.Add(OvsdbAtom.Named(Identifier(name)));
        }
        var root = observed.Rows("Open_vSwitch").FirstOrDefault();
        var externalIds = ExternalIds(settings);
        if (root is null)
        {
            operations.Add(OvsdbOperation.Insert("Open_vSwitch", "root", new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
            {
                ["bridges"] = OvsdbDatum.Set(bridges),
                ["external_ids"] = externalIds,
            }));
            return operations;
        }
        var changes = new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal);
        if (missing.Count > 0) changes["bridges"] = OvsdbDatum.Set(root["bridges"].Atoms.Concat(bridges));
        // The switch and OVN keep notes of their own beside ours.
        var provided = root["external_ids"].Find("ovn-bridge-mappings")?.StartsWith(UplinkMapping + ",", StringComparison.Ordinal) == true;
        // So does the agent, of provider networks: behind the uplink's bridge, and its to take away.
        var fixedIds = externalIds.Pairs.Where(p => !(provided && p.Key.Text == "ovn-bridge-mappings")).ToList();
        var merged = OvsdbDatum.Map(root["external_ids"].Pairs.Where(p => fixedIds.All(set => set.Key.Text != p.Key.Text)).Concat(fixedIds));
        if (!root["external_ids"].Equals(merged)) changes["external_ids"] = merged;
        if (changes.Count > 0) operations.Add(OvsdbOperation.Update("Open_vSwitch", root.Uuid, changes));
        return operations;
    }

    /// <summary>A port of any bridge, by the name `p` and its own.</summary>
    internal static IEnumerable<OvsdbOperation> InsertPort(string port, bool isInternal)
    {
        yield return OvsdbOperation.Insert("Interface", "i" + Identifier(port), new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
        {
            ["name"] = OvsdbDatum.Of(port),
            ["type"] = OvsdbDatum.Of(isInternal ? "internal" : ""),
        });
        yield return OvsdbOperation.Insert("Port", "p" + Identifier(port), new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
        {
            ["name"] = OvsdbDatum.Of(port),
            ["interfaces"] = OvsdbDatum.Of(OvsdbAtom.Named("i" + Identifier(port))),
        });
    }

    /// <summary>A bridge with its ports.</summary>
    internal static IEnumerable<OvsdbOperation> InsertBridge(string name, string[] ports, NetworkSettings settings)
    {
        foreach (var operation in ports.Prepend(name).SelectMany(port => InsertPort(port, isInternal: port == name))) yield return operation;
        yield return OvsdbOperation.Insert("Bridge", Identifier(name), new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
        {
            ["name"] = OvsdbDatum.Of(name),
            ["ports"] = OvsdbDatum.Set(ports.Prepend(name).Select(p => OvsdbAtom.Named("p" + Identifier(p)))),
            ["datapath_type"] = OvsdbDatum.Of(DatapathType(settings)),
            // Without OVN's flows the integration bridge must drop everything, not learn and forward.
            ["fail_mode"] = OvsdbDatum.Of(name == NetworkLayout.IntegrationBridge ? "secure" : "standalone"),
        });
    }

    private static OvsdbDatum ExternalIds(NetworkSettings settings)
    {
        var layout = new NetworkLayout(settings);
        return OvsdbDatum.Map(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["system-id"] = settings.NodeName,
            ["hostname"] = settings.NodeName,
            ["ovn-remote"] = settings.IsCluster ? CentralPorts.Remotes(settings.Central, CentralPorts.Southbound) : $"unix:{layout.SouthboundSocket}",
            ["ovn-encap-type"] = settings.Encapsulation == Encapsulation.Vxlan ? "vxlan" : "geneve",
            ["ovn-encap-ip"] = settings.TunnelAddress?.ToString() ?? "127.0.0.1",
            ["ovn-bridge"] = NetworkLayout.IntegrationBridge,
            ["ovn-bridge-datapath-type"] = DatapathType(settings),
            ["ovn-bridge-mappings"] = UplinkMapping,
            ["ovn-monitor-all"] = "true",
        });
    }

    private static string DatapathType(NetworkSettings settings) => settings.Datapath == Datapath.Userspace ? "netdev" : "system";

    /// <summary>A name in a transaction: the database takes letters, digits and `_`.</summary>
    internal static string Identifier(string name) => name.Replace('-', '_').Replace('.', '_');
}

namespace Rempart.Node.Networks;

/// <summary>
/// Files of the switch's and OVN's databases. A member of a cluster joins by itself, whenever it has no file: only
/// <see cref="FoundAsync"/> makes a new cluster, so that a member that lost its disk can never come back as another one.
/// </summary>
internal sealed class NetworkDatabases(NetworkSettings settings)
{
    /// <summary>Milliseconds without a leader before another is chosen. OVN's second is short where hosts are busy.</summary>
    private const string ElectionTimer = "2000";

    private const string NorthboundSchema = "/usr/share/ovn/ovn-nb.ovsschema";
    private const string SouthboundSchema = "/usr/share/ovn/ovn-sb.ovsschema";
    private readonly NetworkLayout _layout = new(settings);

    internal async Task MakeAsync(CancellationToken cancellation)
    {
        await ToolAsync(_layout.SwitchDatabase, ["create", _layout.SwitchDatabase, "/usr/share/openvswitch/vswitch.ovsschema"], cancellation);
        if (!settings.IsCluster)
        {
            await ToolAsync(_layout.NorthboundDatabase, ["create", _layout.NorthboundDatabase, NorthboundSchema], cancellation);
            await ToolAsync(_layout.SouthboundDatabase, ["create", _layout.SouthboundDatabase, SouthboundSchema], cancellation);
            return;
        }
        if (settings.OwnCentral is not { } own || (File.Exists(_layout.NorthboundDatabase) && File.Exists(_layout.SouthboundDatabase))) return;
        var others = settings.Central.Where(m => m != own).ToList();
        if (others.Count == 0) throw new NetworkSetupException("OVN has no databases yet, and no other host to join: make them with `rempart-node network found` and the same options, once");
        await JoinAsync(_layout.NorthboundDatabase, "OVN_Northbound", CentralPorts.NorthboundRaft, own, others, cancellation);
        await JoinAsync(_layout.SouthboundDatabase, "OVN_Southbound", CentralPorts.SouthboundRaft, own, others, cancellation);
    }

    /// <summary>Makes the databases that all other members join.</summary>
    /// <exception cref="NetworkSetupException">there are some, or this host is to hold none.</exception>
    internal async Task FoundAsync(CancellationToken cancellation)
    {
        var own = settings.OwnCentral ?? throw new NetworkSetupException($"host `{settings.NodeName}` is not among those of `--central`");
        foreach (var file in new[] { _layout.NorthboundDatabase, _layout.SouthboundDatabase }.Where(File.Exists))
            throw new NetworkSetupException($"`{file}` is there already: this host founded or joined a cluster before");
        await ToolAsync(_layout.NorthboundDatabase, [$"--election-timer={ElectionTimer}", "create-cluster", _layout.NorthboundDatabase, NorthboundSchema, CentralPorts.Remote(own, CentralPorts.NorthboundRaft)], cancellation);
        await ToolAsync(_layout.SouthboundDatabase, [$"--election-timer={ElectionTimer}", "create-cluster", _layout.SouthboundDatabase, SouthboundSchema, CentralPorts.Remote(own, CentralPorts.SouthboundRaft)], cancellation);
    }

    private Task JoinAsync(string file, string database, int port, CentralMember own, IEnumerable<CentralMember> others, CancellationToken cancellation) =>
        ToolAsync(file, ["join-cluster", file, database, CentralPorts.Remote(own, port), .. others.Select(m => CentralPorts.Remote(m, port))], cancellation);

    /// <summary>As the servers' own user: the lock beside the file must be theirs too.</summary>
    private async Task ToolAsync(string file, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (!File.Exists(file))
            await NetworkTool.RunAsync(["setpriv", $"--reuid={settings.DaemonUser}", $"--regid={settings.DaemonGroup}", "--clear-groups", "ovsdb-tool", .. arguments], null, cancellation);
    }
}

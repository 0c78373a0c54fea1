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
        if (!File.Exists(_layout.NorthboundDatabase) && File.Exists(_layout.SouthboundDatabase))
            throw new NetworkSetupException("OVN's databases were founded here and not all of them are there: repeat `rempart-node network found` with the same options");
        var others = settings.Central.Where(m => m != own).ToList();
        if (others.Count == 0) throw new NetworkSetupException("OVN has no databases yet, and no other host to join: make them with `rempart-node network found` and the same options, once");
        await JoinAsync(_layout.NorthboundDatabase, "OVN_Northbound", CentralPorts.NorthboundRaft, own, others, cancellation);
        await JoinAsync(_layout.SouthboundDatabase, "OVN_Southbound", CentralPorts.SouthboundRaft, own, others, cancellation);
    }

    /// <summary>Makes the databases that all other members join. Whatever ends it half-way, it can be repeated.</summary>
    /// <exception cref="NetworkSetupException">there are some, or this host is to hold none.</exception>
    internal async Task FoundAsync(CancellationToken cancellation)
    {
        var own = settings.OwnCentral ?? throw new NetworkSetupException($"host `{settings.NodeName}` is not among those of `--central`");
        var (northbound, southbound) = (_layout.NorthboundDatabase, _layout.SouthboundDatabase);
        if (File.Exists(northbound))
            throw new NetworkSetupException($"`{northbound}` is there already: this host founded or joined a cluster before; if nothing of that cluster has run yet, remove `{northbound}` and `{southbound}` and repeat");
        // The northbound one gets its name last: whoever has it has both. A member that joins has it first.
        if (!File.Exists(southbound)) await FoundOneAsync(southbound, SouthboundSchema, CentralPorts.Remote(own, CentralPorts.SouthboundRaft), cancellation);
        await FoundOneAsync(northbound, NorthboundSchema, CentralPorts.Remote(own, CentralPorts.NorthboundRaft), cancellation);
    }

    private async Task FoundOneAsync(string file, string schema, string remote, CancellationToken cancellation)
    {
        var made = file + ".new";
        File.Delete(made);
        await ToolAsync(made, [$"--election-timer={ElectionTimer}", "create-cluster", made, schema, remote], cancellation);
        File.Move(made, file);
        File.Delete(Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetFileName(made)}.~lock~"));
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

using System.Globalization;

namespace Rempart.Node.Networks;

/// <summary>
/// The processes of an instance's network: the switch, OVN's two databases with the translator between them, the host's
/// controller, the responder that guests ask for names, and the name server that it asks. None runs as root; only the switch has
/// capabilities.
/// </summary>
internal static class NetworkServices
{
    private const string SetupName = "network-setup";
    private const string SwitchDatabaseName = "ovsdb-switch";
    private const string ConfigureName = "network-configure";
    private const string SwitchName = "ovs-vswitchd";
    private const string NorthboundName = "ovsdb-northbound";
    private const string SouthboundName = "ovsdb-southbound";
    private const string TunnelName = "network-tunnel";
    private const string TranslatorName = "ovn-northd";
    private const string ControllerName = "ovn-controller";
    private const string ForwarderName = "name-server";
    private const string ResponderName = "name-responder";

    /// <summary>Only the responder can reach it: it is on the namespace's own loopback.</summary>
    internal const string Forwarder = "127.0.0.1:53";

    /// <param name="settings">the instance's network.</param>
    /// <param name="agent">absolute path of `rempart-node`, then the options that give it these settings.</param>
    /// <param name="runtime">folder of the .NET runtime that programs of ours run with; null when it is where they look by themselves.</param>
    internal static IReadOnlyList<ServiceEntry> For(NetworkSettings settings, IReadOnlyList<string> agent, string? runtime)
    {
        var layout = new NetworkLayout(settings);
        var ours = runtime is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_ROOT"] = runtime };
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OVS_RUNDIR"] = layout.SwitchFolder,
            ["OVS_DBDIR"] = layout.SwitchFolder,
            ["OVS_LOGDIR"] = layout.SwitchFolder,
            ["OVN_RUNDIR"] = layout.CentralFolder,
            ["OVN_DBDIR"] = layout.CentralFolder,
            ["OVN_LOGDIR"] = layout.CentralFolder,
        };
        // What speaks to other hosts is in the host's own network, and TLS 1.3 is the least that it speaks.
        var remote = new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["OPENSSL_CONF"] = layout.TlsSettings };
        ServiceEntry Daemon(string name, IReadOnlyList<string> command, IReadOnlyList<string> after, string? ready, params string[] capabilities) => new()
        {
            Name = name,
            Command = [.. GroupWritable, .. Unprivileged(settings.DaemonUser, settings.DaemonGroup, capabilities), .. command, .. Logging],
            Env = environment,
            Netns = layout.Namespace,
            After = after,
            Log = layout.Log(name),
            Ready = ready is null ? null : new ServiceReadiness(ready),
        };
        ServiceEntry Speaker(ServiceEntry daemon) => settings.IsCluster ? daemon with { Netns = null, Env = remote } : daemon;
        return
        [
            new ServiceEntry { Name = SetupName, Command = [agent[0], "network", "up", .. agent.Skip(1)], Env = ours, Oneshot = true, Log = layout.Log(SetupName) },
            Daemon(SwitchDatabaseName, Database(layout.SwitchDatabase, layout.SwitchSocket, Path.Combine(layout.SwitchFolder, "ovsdb.ctl")), [SetupName], layout.SwitchSocket),
            new ServiceEntry { Name = ConfigureName, Command = [agent[0], "network", "configure", .. agent.Skip(1)], Env = ours, Oneshot = true, After = [SwitchDatabaseName], Log = layout.Log(ConfigureName) },
            Daemon(SwitchName, Switch(settings, layout), [ConfigureName], Path.Combine(layout.SwitchFolder, "vswitchd.ctl"),
                ["net_admin", "net_raw", .. settings.TunIsOpen ? Array.Empty<string>() : ["dac_override"]]),
            .. settings.IsCluster
                ? [new ServiceEntry { Name = TunnelName, Command = [agent[0], "network", "tunnel", .. agent.Skip(1)], Env = ours, Oneshot = true, After = [SwitchName], Log = layout.Log(TunnelName) }]
                : Array.Empty<ServiceEntry>(),
            .. settings.IsCluster && settings.OwnCentral is null ? Array.Empty<ServiceEntry>() :
            [
                Speaker(Daemon(NorthboundName, [.. Database(layout.NorthboundDatabase, layout.NorthboundSocket, Path.Combine(layout.CentralFolder, "nb.ctl")), .. OverTls(settings, layout, northbound: true)], [SetupName], layout.NorthboundSocket)),
                Speaker(Daemon(SouthboundName, [.. Database(layout.SouthboundDatabase, layout.SouthboundSocket, Path.Combine(layout.CentralFolder, "sb.ctl")), .. OverTls(settings, layout, northbound: false)], [SetupName], layout.SouthboundSocket)),
                Speaker(Daemon(TranslatorName, [.. Translator(settings, layout), $"--unixctl={Path.Combine(layout.CentralFolder, "northd.ctl")}"], [NorthboundName, SouthboundName], Path.Combine(layout.CentralFolder, "northd.ctl"))),
            ],
            Speaker(Daemon(ControllerName, ["/usr/bin/ovn-controller", $"unix:{layout.SwitchSocket}", .. settings.IsCluster ? Tls(layout, layout.TlsCentralAuthority) : []],
                settings.IsCluster ? [SwitchName, TunnelName] : [SwitchName, SouthboundName], null)),
            new ServiceEntry { Name = ForwarderName, Log = layout.Log(ForwarderName), Command = Names.NameJail.Forwarder(settings, layout), Netns = layout.Namespace, After = [SetupName] },
            new ServiceEntry
            {
                Name = ResponderName,
                Log = layout.Log(ResponderName),
                Command = Names.NameJail.Responder(settings, layout, agent[0]),
                Env = new Dictionary<string, string>(Names.NameJail.Environment.Concat(ours ?? []), StringComparer.Ordinal),
                Netns = layout.Namespace,
                After = [SetupName],
            },
        ];
    }

    /// <summary>The API server's group must be able to write to the northbound socket, which the server makes anew at each start.</summary>
    private static string[] GroupWritable => ["/bin/sh", "-c", "umask 007; exec \"$0\" \"$@\""];

    private static string[] Logging => ["-vconsole:info", "-vsyslog:off", "-vfile:off"];

    private static string[] Database(string file, string socket, string control) =>
        ["/usr/sbin/ovsdb-server", file, $"--remote=punix:{socket}", $"--unixctl={control}"];

    private static string[] Tls(NetworkLayout layout, string authorities) =>
        [$"--private-key={layout.TlsIdentity}", $"--certificate={layout.TlsIdentity}", $"--ca-cert={authorities}"];

    /// <summary>
    /// Ports that name a role are named in the database itself, see <see cref="SouthboundAccess"/>. The certificates may come later: the agent gets them.
    /// </summary>
    private static string[] OverTls(NetworkSettings settings, NetworkLayout layout, bool northbound) => settings.OwnCentral is not { } own ? [] :
    [
        $"--remote=pssl:{(northbound ? CentralPorts.Northbound : CentralPorts.Translator).ToString(CultureInfo.InvariantCulture)}:{own.Address}",
        .. northbound ? Array.Empty<string>() : ["--remote=db:OVN_Southbound,SB_Global,connections"],
        .. Tls(layout, northbound ? layout.TlsCentralAuthority : layout.TlsHostAuthorities),
    ];

    /// <summary>One of the translators works, by a lock in the southbound database; each follows the databases' leaders.</summary>
    private static string[] Translator(NetworkSettings settings, NetworkLayout layout) => settings.IsCluster
        ? ["/usr/bin/ovn-northd", $"--ovnnb-db={CentralPorts.Remotes(settings.Central, CentralPorts.Northbound)}", $"--ovnsb-db={CentralPorts.Remotes(settings.Central, CentralPorts.Translator)}", .. Tls(layout, layout.TlsCentralAuthority)]
        : ["/usr/bin/ovn-northd", $"--ovnnb-db=unix:{layout.NorthboundSocket}", $"--ovnsb-db=unix:{layout.SouthboundSocket}"];

    private static string[] Switch(NetworkSettings settings, NetworkLayout layout) =>
    [
        "/usr/sbin/ovs-vswitchd", $"unix:{layout.SwitchSocket}", $"--unixctl={Path.Combine(layout.SwitchFolder, "vswitchd.ctl")}",
        .. settings.Datapath == Datapath.Userspace ? ["--disable-system"] : Array.Empty<string>(),
    ];

    private static string[] Unprivileged(string user, string group, string[] capabilities)
    {
        var kept = string.Concat(capabilities.Select(c => $",+{c}"));
        return
        [
            "/usr/bin/setpriv", $"--reuid={user}", $"--regid={group}", "--clear-groups", "--no-new-privs", $"--inh-caps=-all{kept}",
            .. capabilities.Length > 0 ? [$"--ambient-caps=-all{kept}"] : Array.Empty<string>(), $"--bounding-set=-all{kept}", "--",
        ];
    }
}

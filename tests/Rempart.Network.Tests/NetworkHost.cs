using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Controllers.Networking;
using Rempart.Node.Names;
using Rempart.Node.Networks;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Network.Tests;

/// <summary>
/// A host of its own, in a network namespace, with an instance's network on it, and the outside world in another:
/// guest - OVN - instance's namespace - veth - "host" - 203.0.113.0/24 - "outside" (203.0.113.2, with a name server).
/// </summary>
internal sealed class NetworkHost : IAsyncDisposable
{
    internal static readonly IPAddress Outside = IPAddress.Parse("203.0.113.2");
    internal static readonly IPAddress HostOutside = IPAddress.Parse("203.0.113.1");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly List<Process> _processes = [];
    private readonly List<Guest> _guests = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _running = [];
    private readonly string _folder;
    private OvsdbClient? _northbound;
    private readonly List<SwitchPorts> _drivers = [];
    private SwitchPorts? _ports;

    private NetworkHost(string id, string node, string[] further)
    {
        Id = id;
        _folder = Directory.CreateTempSubdirectory("rempart-network-").FullName;
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Options = ["--instance", Id, "--instance-dir", _folder, "--node", node, "--datapath", "userspace", "--daemon-user", "nobody", "--daemon-group", "nogroup",
            "--names-user", "nobody", "--names-group", "nogroup", "--server-group", "nogroup", "--name-server", Outside.ToString(), "--state-dir", Path.Combine(_folder, "state"), .. further];
        Settings = NetworkCommand.Parse(Options);
        Layout = new NetworkLayout(Settings);
        Fabric = new NetworkFabric { Uplink = Settings.Uplink, Pool = Settings.Pool };
    }

    internal string Id { get; }

    internal string HostNamespace => $"host-{Id}";

    internal string OutsideNamespace => $"out-{Id}";

    internal string[] Options { get; }

    internal NetworkSettings Settings { get; }

    internal NetworkLayout Layout { get; }

    internal NetworkFabric Fabric { get; }

    internal OvsdbClient Northbound => _northbound!;

    internal INetworkDriver Ports => _ports!;

    private static string Agent => Path.Combine(AppContext.BaseDirectory, "rempart-node");

    internal static async Task<NetworkHost> StartAsync()
    {
        var host = new NetworkHost(NewId(), "host-1", []);
        try
        {
            await host.LayWorldAsync();
            foreach (var service in NetworkServices.For(host.Settings, [Agent, .. host.Options], Environment.GetEnvironmentVariable("DOTNET_ROOT"))) await host.StartAsync(service);
            await host.ConnectAsync([host.Layout.NorthboundSocket]);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>A host of several, without anything on it yet; whoever asks lays its world.</summary>
    internal static NetworkHost Of(string id, string node, params string[] further) => new(id, node, further);

    internal static string NewId() => "t" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));

    /// <summary>Starts what a host of several runs.</summary>
    /// <param name="certify">gives the host its certificates: after everything runs, as the agent does on a host that joins.</param>
    /// <param name="northbound">sockets of all members' northbound databases, with this host's own or not.</param>
    internal async Task StartAsync(Func<Task> certify, IReadOnlyList<string> northbound)
    {
        foreach (var service in NetworkServices.For(Settings, [Agent, .. Options], Environment.GetEnvironmentVariable("DOTNET_ROOT"))) await StartAsync(service);
        await certify();
        await ConnectAsync(northbound);
    }

    /// <summary>Another driver of the same switch, as an agent that was started anew has.</summary>
    internal INetworkDriver NewDriver()
    {
        var client = SwitchPorts.NewClient(Settings, TimeProvider.System);
        _running.Add(client.RunAsync(_ending.Token));
        var driver = new SwitchPorts(Settings, client);
        _drivers.Add(driver);
        return driver;
    }

    /// <summary>What this host's network should be like with these networks and ports.</summary>
    internal FabricState State(IReadOnlyList<FabricNetwork> networks, IReadOnlyList<FabricPort> ports) => new()
    {
        Fabric = Fabric,
        Networks = networks,
        Ports = ports,
        Chassis = ["host-1"],
        HostAddresses = [HostOutside],
    };

    /// <summary>A port without groups.</summary>
    internal static FabricPort Port(string uid, FabricNetwork network, string mac, string address, string name) =>
        new(uid, network.Project, network.Uid, mac, IPAddress.Parse(address), name, null);

    /// <summary>What the network controller does with all objects at once.</summary>
    internal async Task ApplyAsync(FabricState state)
    {
        await Northbound.WaitAsync(_ => Northbound.IsConnected, Patience, CancellationToken.None);
        var operations = NorthboundPlan.Diff(Northbound.Replica!, NorthboundCompiler.Compile(state));
        if (operations.Count > 0) await Northbound.TransactAsync(operations, CancellationToken.None);
        await Northbound.WaitAsync(r => NorthboundPlan.Diff(r, NorthboundCompiler.Compile(state)).Count == 0, Patience, CancellationToken.None);
        await SettleAsync();
    }

    /// <summary>Waits until every host has carried out what the northbound database says.</summary>
    internal async Task SettleAsync()
    {
        // On a host that is very busy one of them may not come back; the next one asks anew.
        for (var left = 3; ; left--)
        {
            var (exitCode, output) = await Command.TryAsync(null, "ovn-nbctl", "--timeout=40", "--no-leader-only", $"--db=unix:{Layout.NorthboundSocket}", "--wait=hv", "sync");
            if (exitCode == 0) return;
            if (left == 0) throw new InvalidOperationException($"the host has not carried out what the northbound database says: {output}\n{await StateAsync()}");
        }
    }

    // Who has not come as far as the others: northd, or one of the hosts' controllers.
    private async Task<string> StateAsync()
    {
        var north = await Command.TryAsync(null, "ovn-nbctl", "--timeout=5", "--no-leader-only", $"--db=unix:{Layout.NorthboundSocket}", "--columns=nb_cfg,sb_cfg,hv_cfg", "list", "NB_Global");
        var south = await Command.TryAsync(null, "ovn-sbctl", "--timeout=5", "--no-leader-only", $"--db=unix:{Layout.SouthboundSocket}", "--columns=name,nb_cfg", "list", "Chassis_Private");
        return $"{north.Output}{south.Output}";
    }

    internal async Task<Guest> BootAsync(FabricPort port)
    {
        await Ports.BindAsync(port.Uid, 1442, CancellationToken.None);
        var bound = await Ports.WaitInstalledAsync(port.Uid, Patience, CancellationToken.None);
        var guest = await Guest.BootAsync($"g{_guests.Count}-{Id}", port.Mac, bound);
        _guests.Add(guest);
        return guest;
    }

    /// <summary>Guests and their ports go.</summary>
    internal async Task ClearAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
        _guests.Clear();
        foreach (var port in await Ports.ListAsync(CancellationToken.None)) await Ports.UnbindAsync(port.Uid, CancellationToken.None);
    }

    /// <summary>Everything that runs on the host dies at once; its guests' frames go nowhere.</summary>
    internal async Task KillAsync()
    {
        foreach (var name in _processes.Select(p => p.StartInfo.Environment["SERVICE"]!).ToList()) await StopServiceAsync(name);
    }

    internal async Task StopServiceAsync(string name)
    {
        var process = _processes.Single(p => p.StartInfo.Environment["SERVICE"] == name);
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        _processes.Remove(process);
        process.Dispose();
    }

    /// <summary>The process's own number: what it was started through replaced itself.</summary>
    internal int PidOf(string name) => _processes.Single(p => p.StartInfo.Environment["SERVICE"] == name).Id;

    internal string LogOf(string service) => Path.Combine(_folder, $"{service}.log");

    internal Task StartServiceAsync(string name) => StartAsync(NetworkServices.For(Settings, [Agent, .. Options], Environment.GetEnvironmentVariable("DOTNET_ROOT")).Single(s => s.Name == name));

    internal Task<(int ExitCode, string Output)> AgentAsync(string verb) => Command.TryAsync(HostNamespace, [Agent, "network", verb, .. Options]);

    internal async Task StopAllAsync()
    {
        await _ending.CancelAsync();
        foreach (var task in _running) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var guest in _guests) await guest.DisposeAsync();
        _guests.Clear();
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
        _processes.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAllAsync();
        await AgentAsync("down");
        foreach (var ns in new[] { Layout.Namespace, HostNamespace, OutsideNamespace }) await Command.TryAsync(null, "ip", "netns", "delete", ns);
        _ports?.Dispose();
        foreach (var driver in _drivers) driver.Dispose();
        _ending.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task LayWorldAsync()
    {
        foreach (var ns in new[] { HostNamespace, OutsideNamespace })
        {
            await Command.RunAsync(null, "ip", "netns", "add", ns);
            await Command.RunAsync(ns, "ip", "link", "set", "lo", "up");
        }
        // A new namespace inherits what the machine's own does.
        await Command.RunAsync(HostNamespace, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
        await Command.RunAsync(HostNamespace, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", OutsideNamespace);
        await Command.RunAsync(HostNamespace, "ip", "address", "add", $"{HostOutside}/24", "dev", "eth0");
        await Command.RunAsync(HostNamespace, "ip", "link", "set", "eth0", "up");
        await Command.RunAsync(OutsideNamespace, "ip", "address", "add", $"{Outside}/24", "dev", "eth0");
        await Command.RunAsync(OutsideNamespace, "ip", "link", "set", "eth0", "up");
        Spawn(OutsideNamespace, "outside-names", ["/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--no-resolv", "--no-hosts",
            $"--listen-address={Outside}", "--bind-interfaces", "--address=/outside.example/203.0.113.77", "--user=nobody"], null);
    }

    private async Task StartAsync(ServiceEntry service)
    {
        var ns = service.Netns ?? HostNamespace;
        if (service.Oneshot == true)
        {
            await Command.RunAsync(ns, [.. service.Command]);
            return;
        }
        Spawn(ns, service.Name, service.Command, service.Env);
        if (service.Ready is { } ready) await WaitForSocketAsync(ready.UnixSocket);
    }

    private void Spawn(string ns, string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment)
    {
        // exec, so that the process killed later is the daemon and not a shell before it
        var log = Path.Combine(_folder, $"{name}.log");
        var start = new ProcessStartInfo("nsenter", [$"--net=/run/netns/{ns}", "/bin/sh", "-c", "log=\"$0\"; exec \"$@\" >>\"$log\" 2>&1", log, .. command]) { UseShellExecute = false };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        start.Environment["SERVICE"] = name;
        _processes.Add(Process.Start(start)!);
    }

    private static async Task WaitForSocketAsync(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), CancellationToken.None);
                return;
            }
            catch (SocketException) when (attempt < 1200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task ConnectAsync(IReadOnlyList<string> northbound)
    {
        _northbound = new OvsdbClient(new OvsdbClientOptions
        {
            Database = NorthboundSchema.Database,
            Endpoints = [.. northbound.Select(OvsdbEndpoint.Unix)],
            LeaderOnly = Settings.IsCluster,
            Monitor = NorthboundSchema.Monitor,
        }, TimeProvider.System);
        var local = SwitchPorts.NewClient(Settings, TimeProvider.System);
        _ports = new SwitchPorts(Settings, local);
        _running.Add(_northbound.RunAsync(_ending.Token));
        _running.Add(local.RunAsync(_ending.Token));
        // The agent of a host of several comes by TLS from the host's own network, where a test is not.
        var southbound = NameFeed.NewClient(Settings with { Central = [] }, TimeProvider.System);
        _running.Add(southbound.RunAsync(_ending.Token));
        _running.Add(new NameFeed(Settings, _ports, local, southbound, TimeProvider.System, NullLogger<NameFeed>.Instance).RunAsync(_ending.Token));
        if (Settings.OwnCentral is not null)
        {
            var own = SouthboundKeeper.NewClient(Settings, TimeProvider.System);
            _running.Add(own.RunAsync(_ending.Token));
            _running.Add(new SouthboundKeeper(own, TimeProvider.System, NullLogger<SouthboundKeeper>.Instance).RunAsync(_ending.Token));
        }
        await _northbound.WaitAsync(_ => _northbound.IsConnected, Patience, CancellationToken.None);
    }
}

using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Infra;
using Rempart.Api.Tickets;
using Rempart.Api.Versions;
using Rempart.Linux;
using Rempart.Node.Bonds;
using Rempart.Node.Fetching;
using Rempart.Node.Fetching.Registries;
using Rempart.Telemetry.Metrics;
using Rempart.Telemetry.Traces;
using Rempart.Node.Hosts;
using Rempart.Node.Jail;
using Rempart.Node.Machines;
using Rempart.Node.Metrics;
using Rempart.Node.Names;
using Rempart.Node.Networks;
using Rempart.Node.Profiles;
using Rempart.Node.Tunnel;
using Rempart.Node.Volumes;
using Rempart.Node.Witness;
using Rempart.Node.Workloads;
using Rempart.Runtime.Controllers;

namespace Rempart.Node.Agent;

/// <summary>`rempart-node run`: the agent with this host's drivers.</summary>
internal sealed partial class RunCommand(RunOptions options, TimeProvider time, ILoggerFactory logging)
{
    private static readonly string Version = ProgramVersion.Own.ToString();

    private readonly ILogger _logger = logging.CreateLogger<RunCommand>();

    /// <summary>Runs until SIGTERM or SIGINT. Machines go on.</summary>
    public async Task<int> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
        try
        {
            await RunAsync(stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataFolder);
        File.SetUnixFileMode(options.DataFolder, (UnixFileMode)0b111_001_001);
        using var only = FileLock.TryAcquire(Path.Combine(options.DataFolder, "node.lock")) ?? throw new AgentException($"another agent works in `{options.DataFolder}`");
        var settings = new AgentSettings(options.DataFolder, options.Servers[0], options.NodeName) { Alternates = [.. options.Servers.Skip(1)] };
        var identity = new NodeIdentity(settings, connection => ApiClient.Connect(connection, time), time, logging.CreateLogger<NodeIdentity>());
        var bonds = new BondKeeper(new IpTool(), new BondJournal(settings.BondsFile), BootId.Read(), time);
        await RestoreAsync(bonds, cancellationToken);
        var profile = new ProfileKeeper(options.Planes, new HostSpecFile(settings.ProfileFile)) { Bonds = bonds };
        profile.Restore();
        await EnrollAsync(identity, cancellationToken);

        var workloads = new WorkloadSettings { Instance = options.Instance, DataFolder = options.DataFolder, FirstUid = options.FirstUid };
        var network = NetworkClusterFile.Apply(new NetworkSettings { Instance = options.Instance, InstanceFolder = options.InstanceFolder, NodeName = options.NodeName, Datapath = options.Datapath });
        using var jails = new JailRoots(workloads, time);
        await using var machines = new MachineDriver(workloads, jails, time);
        using var pools = new PoolFolders(options.DataFolder, options.NodeName);
        profile.Pools = new PoolKeeper(pools);
        var pool = pools.Home;
        var tool = new RuncTool(workloads, jails, time);
        await tool.SweepAsync(cancellationToken);
        using var images = new DirectoryImages(pool, new ImageConverter(tool, pool, options.QemuImg, time)) { Cloners = pools.Whole };
        var partials = new Partials(pool, time);
        var curl = new JailedCurl(tool, pool, new FetchSettings { OwnAddresses = OwnAddressesAsync }, time);
        var download = new HttpDownload(curl, time);
        var fetcher = new ImageFetcher(images, partials, download, new ArtifactFetcher(images, pool, download, new RegistryDocuments(curl, pool), new LayerArchive(tool, pool)));
        var ovsdb = SwitchPorts.NewClient(network, time);
        using var ports = new SwitchPorts(network, ovsdb);
        profile.Providers = new ProviderBridges(network, new IpTool(), ovsdb);
        var southbound = NameFeed.NewClient(network, time);
        var names = new NameFeed(network, ports, ovsdb, southbound, time, logging.CreateLogger<NameFeed>());
        var probe = new AcceleratorProbe(workloads, jails, machines, MicroImage.In(Path.Combine(options.DataFolder, "micro")), time);
        var accelerator = await probe.ChooseAsync(cancellationToken);
        var drivers = new AgentDrivers
        {
            Machines = machines,
            Pausing = machines,
            Moves = machines,
            Volumes = new DirectoryPools(pools, images),
            Images = images,
            Networks = ports,
            Seeds = new SeedFiles(pool),
            OpenTap = OpenTap,
            Accelerator = accelerator.Accelerator,
        };
        using var client = ApiClient.Connect(identity.Connection, time);
        bonds.Reaches = cancel => ReachesAsync(client, cancel);
        using var tunnelConnections = new TunnelConnections(options.Servers, identity.Connection);
        using var disks = new MachineDisks(machines, time);
        using var usage = new MachineMetrics(workloads, new MachineTraffic(new NetworkLayout(network).NamespacePath, new MachineNotesFolder(settings.NotesFolder), time), disks);
        using var room = new PoolMetrics(pools);
        using var metrics = new MetricsCollector(ProcessMetrics.Meter, ControllerMetrics.Meter, MachineMetrics.Meter, WitnessMetrics.Meter, TraceMetrics.Meter);
        ProcessMetrics.Start("rempart-node", Version);
        await using var traces = TraceExporter.Start(options.Traces, "rempart-node", Version, options.NodeName, time, logging.CreateLogger<TraceExporter>());
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(settings.AuthorityFile);
        var tickets = new TicketVerifier(options.NodeName, authorities, time);
        IReadOnlyList<IStreamHandler> handlers = [new ConsoleHandler(machines.OpenConsoleAsync), new UploadHandler(images), new FetchHandler(fetcher, time), new RemovalHandler(images), new MetricsHandler(metrics.Text, disks.RefreshAsync)];
        IReadOnlyList<TunnelClient> tunnels = [.. tunnelConnections.Each.Select(to => new TunnelClient(to.Http, options.NodeName, tickets, handlers, time, logging.CreateLogger<TunnelClient>()) { Server = to.Server })];
        var facts = HostFacts.Read(Version);
        var versions = await new ProgramVersions(workloads.Qemu, Version, facts.Info.KernelVersion!, time).ReadAsync(cancellationToken);
        var host = new HostReporter(client, profile, _ => Task.FromResult(Inspect(versions) with { Planes = profile.Planes.Look(), Tunnels = [.. tunnels.Select(tunnel => tunnel.State)] }), options.NodeName, time, logging.CreateLogger<HostReporter>());
        var agent = new NodeAgent(settings, drivers, accelerator, facts, client, time, logging)
        {
            Profile = profile,
            Beside = [("certificate", cancel => identity.RenewAsync(client, cancel)), ("switch", ovsdb.RunAsync), ("southbound", southbound.RunAsync), ("names", names.RunAsync), .. tunnels.Select(tunnel => ($"tunnel to {tunnel.Server}", (Func<CancellationToken, Task>)tunnel.RunAsync)), ("host", host.RunAsync), ("partials", partials.RunAsync), .. BesideCluster(network, client)],
        };
        LogRunning(options.NodeName, options.Servers, accelerator.Accelerator, accelerator.Reason);
        await agent.RunAsync(cancellationToken);
    }

    private static HostStatus Inspect(HostVersions versions)
    {
        var inspection = new HostInspection();
        return new HostStatus
        {
            Cpu = inspection.Cpu(),
            Memory = inspection.Memory(),
            NumaNodes = inspection.NumaNodes(),
            NetworkDevices = inspection.NetworkDevices(),
            Disks = inspection.Disks(),
            Versions = versions,
        };
    }

    /// <summary>What a host's part in a network over several hosts needs of the agent; nothing on a single host.</summary>
    private IEnumerable<(string, Func<CancellationToken, Task>)> BesideCluster(NetworkSettings network, ApiClient client)
    {
        if (!network.IsCluster) yield break;
        var certificate = new NetworkCertificate(network, time, logging.CreateLogger<NetworkCertificate>());
        yield return ("network certificate", cancel => certificate.RunAsync(client, cancel));
        if (network.OwnCentral is null) yield break;
        var own = SouthboundKeeper.NewClient(network, time);
        yield return ("own southbound", own.RunAsync);
        yield return ("southbound access", new SouthboundKeeper(own, time, logging.CreateLogger<SouthboundKeeper>()).RunAsync);
    }

    private async Task<IReadOnlyCollection<IPAddress>> OwnAddressesAsync(CancellationToken cancellationToken) =>
        [.. FetchSettings.Here(), .. (await Task.WhenAll(options.Servers.Select(server => Dns.GetHostAddressesAsync(server.DnsSafeHost, cancellationToken)))).SelectMany(addresses => addresses)];

    // A server that is not there yet is waited for; one that refuses is not.
    private async Task EnrollAsync(NodeIdentity identity, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await identity.EnsureAsync(cancellationToken);
                return;
            }
            catch (Api.Meta.ApiException failure) when (failure.Code >= 500)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            }
            catch (Api.Meta.ApiException refused)
            {
                throw new AgentException($"node `{options.NodeName}` could not join: {refused.Message}", refused);
            }
        }
    }

    // The way to the server may be what an earlier agent was changing when it ended.
    private async Task RestoreAsync(BondKeeper bonds, CancellationToken cancellationToken)
    {
        try
        {
            await bonds.RestoreAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is NetworkSetupException or IOException)
        {
            LogNotRestored(failure.Message);
        }
    }

    private async Task<bool> ReachesAsync(ApiClient client, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await client.FindAsync<Api.Core.Node>(null, options.NodeName, either.Token) is not null;
        }
        catch (Exception silence) when (silence is Api.Meta.ApiException or IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "a change of bonds that an earlier agent began could not be put back: {Failure}")]
    private partial void LogNotRestored(string failure);

    private static Microsoft.Win32.SafeHandles.SafeFileHandle OpenTap(NetworkPort port)
    {
        using var handle = NetworkNamespace.Open(port.NamespacePath);
        return TapDevice.Open(port.Tap, port.VnetHeader, persistent: true, handle);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} works for {Servers}; machines run with {Accelerator}: {Reason}")]
    private partial void LogRunning(string node, IReadOnlyList<Uri> servers, Accelerator accelerator, string reason);

    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
}

using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Tickets;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Agent;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Tunnel;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.BadInput;

/// <summary>
/// The real server with its controllers, the agent with its own certificate and tunnel, real jails with real QEMU and real volumes;
/// only the network is not there, so its machines have no interface. The guest is the micro guest.
/// </summary>
internal sealed class RealCluster : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ServerProgram _server = new();
    private readonly JailHost _jails = new();
    private readonly PoolFixture _pool = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private ApiClient? _node;
    private HttpClient? _tunnel;
    private Task _agent = Task.CompletedTask;

    public MachineDriver Machines { get; private set; } = null!;

    public ApiClient Admin { get; private set; } = null!;

    /// <summary>What the host still has of this instance: files of machines and of the pool, cgroups, processes.</summary>
    public string Left => _jails.Inventory() + string.Join('\n', _pool.Left.Where(file => !file.Contains("/images/", StringComparison.Ordinal)));

    private CancellationToken Stop => _stop.Token;

    /// <summary>A project `p` may then have machines of template `micro` and class `tiny`.</summary>
    public static async Task<RealCluster> StartAsync()
    {
        var cluster = new RealCluster();
        await cluster._server.StartAsync(cluster.Stop);
        cluster.Admin = cluster._server.Client("admin");
        await cluster.JoinAsync();
        await cluster.PrepareAsync();
        return cluster;
    }

    public Task<VirtualMachine> CreateMachineAsync(string name) => Admin.CreateAsync(new VirtualMachine
    {
        Metadata = new() { Namespace = "p", Name = name },
        Spec = new() { Template = "micro", Class = "tiny", NetworkInterfaces = [], StopGracePeriodSeconds = 1 },
    }, Stop);

    /// <summary>Waits until the API shows something; a failure says what it showed last.</summary>
    public async Task<T> SeeAsync<T>(string? ns, string name, string what, Func<T?, bool> condition) where T : ApiObject
    {
        T? seen = null;
        for (var i = 0; i < 600; i++)
        {
            seen = await Admin.FindAsync<T>(ns, name, Stop);
            if (condition(seen)) return seen!;
            await Task.Delay(Look, TimeProvider.System, Stop);
        }
        var shown = seen is null ? "nothing" : System.Text.Json.JsonSerializer.Serialize(seen, Api.ApiJson.Lenient.GetTypeInfo(typeof(T)));
        Assert.Fail($"never seen: {what}; last seen: {shown}; agent: {_agent.Exception}; server: {_server.Log}");
        return seen!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_agent);
        _node?.Dispose();
        _tunnel?.Dispose();
        Admin?.Dispose();
        await _jails.DisposeAsync();
        _pool.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    private async Task JoinAsync()
    {
        var settings = new AgentSettings(Directory.CreateDirectory(Path.Combine(_server.Folder, "node")).FullName, _server.Url, "h1");
        File.Copy(_server.PathOf("pki/ca.crt"), settings.AuthorityFile);
        File.Copy(_server.PathOf("node.token"), settings.TokenFile);
        var identity = new NodeIdentity(settings, connection => ApiClient.Connect(connection, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        await identity.EnsureAsync(Stop);
        _node = ApiClient.Connect(identity.Connection, TimeProvider.System);
        _tunnel = ApiTransport.Create(identity.Connection);
        Machines = _jails.NewDriver();
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(settings.AuthorityFile);
        var tunnel = new TunnelClient(_tunnel, "h1", new TicketVerifier("h1", authorities, TimeProvider.System),
            [new ConsoleHandler(Machines.OpenConsoleAsync), new UploadHandler(_pool.Images)], TimeProvider.System, NullLogger<TunnelClient>.Instance);
        var drivers = new FakeHost().Drivers(Machines) with { Volumes = new OnePool(_pool.Volumes), Images = _pool.Images, Seeds = new SeedFiles(_pool.Pool) };
        _agent = new NodeAgent(settings, drivers, new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(2, 4L << 30, new()), _node, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Beside = [("tunnel", tunnel.RunAsync)],
        }.RunAsync(Stop);
        await SeeAsync<Api.Core.Node>(null, "h1", "a ready node", node => node?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true);
    }

    private async Task PrepareAsync()
    {
        await MicroGuest.BuildAsync(Stop);
        await ClusterContent.PrepareAsync(_server, Admin, await _pool.DiskAsync("root.qcow2", "create", "-q", "-f", "qcow2", "{0}", "4M"),
            await File.ReadAllBytesAsync(MicroGuest.Image.Kernel, Stop), await File.ReadAllBytesAsync(MicroGuest.Image.Initramfs, Stop), Stop);
    }
}

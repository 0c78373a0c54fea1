using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Api.Tickets;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Tunnel;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Streams;

namespace Rempart.Node.Tests.Agent;

/// <summary>The way of a machine through the real server, its controllers and the agent with its own certificate; only the host is not there.</summary>
[Trait("level", "real")]
public sealed class FirstLightTests : IAsyncLifetime
{
    private readonly ServerProgram _server = new();
    private readonly FakeMachines _machines = new(TimeProvider.System);
    private readonly FakeHost _host = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly PoolFixture _pool = new();
    private readonly byte[] _kernel = System.Security.Cryptography.RandomNumberGenerator.GetBytes(5_000_000);
    private ApiClient _admin = null!;
    private HttpClient? _tunnel;
    private ApiClient? _node;
    private Task _agent = Task.CompletedTask;

    private CancellationToken Stop => _stop.Token;

    private FirstSteps Steps => new(_server, _admin, Stop);

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync(Stop);
        _admin = _server.Client("admin");
    }

    [Fact]
    public async Task A_node_joins_a_machine_runs_the_server_is_killed_the_machine_is_deleted_and_nothing_is_left()
    {
        await JoinAsync();
        await SeeAsync<Api.Core.Node>(null, "h1", "a ready node", node => node?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true);
        await PrepareTemplateAsync();
        await _admin.CreateAsync(new Namespace { Metadata = new() { Name = "p" } }, Stop);
        await _admin.CreateAsync(new VirtualMachine { Metadata = new() { Namespace = "p", Name = "web" }, Spec = new() { Template = "debian", Class = "small" } }, Stop);
        await PlugAsync();
        var running = await SeeAsync<VirtualMachine>("p", "web", "a running machine", machine => machine?.Status?.Phase == MachinePhase.Running);
        Assert.Equal("h1", running!.Status!.NodeName);
        _machines.SayReady(running.Metadata.Uid!);
        await SeeAsync<VirtualMachine>("p", "web", "the guest's word", machine => machine!.Status!.Conditions.IsTrue("GuestReady") && machine.Status.Conditions.IsTrue("VolumesReady"));

        await SeeAsync<VirtualMachine>("p", "web", "its origin", machine => machine!.Status!.Conditions.IsTrue("TemplateApproved"));
        Assert.True((await _admin.GetAsync<NetworkInterface>("p", "web-default", Stop)).Status!.Conditions.IsTrue("Bound"));
        Assert.Equal(100L << 30, (await _admin.GetAsync<StoragePool>(null, "local", Stop)).Status!.Capacity!.Value.Units);

        await TypeAsync();
        Assert.Equal("told 1\n", Encoding.UTF8.GetString((await _admin.SendAsync(HttpMethod.Get, "/api/v1/nodes/h1/proxy/metrics", null, null, "text/plain", Stop)).Span));
        await _server.KillAsync();
        Assert.True(_machines[running.Metadata.Uid!].IsRunning);
        await _server.RunAsync(Stop);
        await _admin.PostAsync<MachineOperationRequest, VirtualMachine>(KindInfo.Of<VirtualMachine>().Path("p", "web", "restart"), new MachineOperationRequest { ApiVersion = "compute.rempart.dev/v1", Kind = nameof(MachineOperationRequest), Id = "once" }, Stop);
        await SeeAsync<VirtualMachine>("p", "web", "the restart", machine => machine!.Status!.OperationResult is { Id: "once", Outcome: "Succeeded" });
        Assert.Equal(2, _machines[running.Metadata.Uid!].Starts);

        await _admin.DeleteAsync<Namespace>(null, "p", null, Stop);
        await SeeAsync<Namespace>(null, "p", "no project", project => project is null);
        Assert.Empty(_host.Left);
        Assert.Empty((await _admin.ListAllAsync<Volume>(ListQuery.All, Stop)).Items);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_agent);
        _node?.Dispose();
        _tunnel?.Dispose();
        _admin.Dispose();
        _pool.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    private async Task JoinAsync()
    {
        var (settings, identity) = await FirstSteps.JoinAsync(_server, Stop);
        Assert.False(File.Exists(settings.TokenFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(settings.IdentityFile));
        _node = ApiClient.Connect(identity.Connection, TimeProvider.System);
        _tunnel = ApiTransport.Create(identity.Connection);
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(settings.AuthorityFile);
        var tunnel = new TunnelClient(_tunnel, "h1", new TicketVerifier("h1", authorities, TimeProvider.System),
            [new ConsoleHandler((_, _) => Task.FromResult<Stream>(DuplexStream.Echo())), new UploadHandler(_pool.Images), new MetricsHandler(() => "told 1\n")], TimeProvider.System, NullLogger<TunnelClient>.Instance);
        _agent = new NodeAgent(settings, _host.Drivers(_machines), new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(2, 4L << 30, new()), _node, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Beside = [("tunnel", tunnel.RunAsync)],
        }.RunAsync(Stop);
    }

    private async Task PrepareTemplateAsync()
    {
        // A disk's upload needs the jail to convert it.
        await Steps.ImageAsync("debian-12", "Disk");
        await UploadKernelAsync();
        await Steps.TemplateAsync("sha256:" + PoolFixture.Digest(_kernel));
        await SeeAsync<MachineTemplate>(null, "debian", "the approval", seen => seen!.Status!.Conditions.IsTrue("Approved") && seen.Status.Conditions.IsTrue("ImagesReady"));
    }

    private async Task UploadKernelAsync()
    {
        await _admin.CreateAsync(new Image { Metadata = new() { Name = "kernel" }, Spec = new() { Type = "Kernel", Digest = "sha256:" + PoolFixture.Digest(_kernel) } }, Stop);
        for (var i = 0; ; i++)
        {
            try
            {
                using var content = new ByteArrayContent(_kernel);
                content.Headers.ContentType = new("application/octet-stream");
                using var request = new HttpRequestMessage(HttpMethod.Put, KindInfo.Of<Image>().Path(null, "kernel", "upload")) { Content = content, Version = new(2, 0) };
                using var response = await _admin.OpenAsync(request, Stop);
                break;
            }
            catch (ApiException early) when (early.Code == 503 && i < 100)
            {
                // The agent's tunnel may come after its first report.
                await Task.Delay(100, Stop);
            }
        }

        var image = await _admin.GetAsync<Image>(null, "kernel", Stop);
        Assert.Equal("Ready", image.Status!.Phase);
        Assert.Equal(["h1"], image.Status.Nodes);
        Assert.NotNull(await _pool.Images.FindAsync(PoolFixture.Digest(_kernel), Stop));
    }

    private async Task TypeAsync()
    {
        using var http = ApiTransport.Create(_server.Connection("admin"));
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("console.rempart.dev");
        await socket.ConnectAsync(new UriBuilder(new Uri(_server.Url, KindInfo.Of<VirtualMachine>().Path("p", "web", "console"))) { Scheme = "wss" }.Uri, http, Stop);
        await socket.SendAsync("\0uname"u8.ToArray(), WebSocketMessageType.Binary, true, Stop);
        var shown = new byte[64];
        var received = await socket.ReceiveAsync(shown, Stop);
        Assert.Equal("\0uname", Encoding.ASCII.GetString(shown, 0, received.Count));
    }

    private async Task PlugAsync() => await Steps.PlugAsync((await SeeAsync<NetworkInterface>("p", "web-default", "the interface", found => found is not null))!);

    private async Task<T?> SeeAsync<T>(string? ns, string name, string what, Func<T?, bool> condition) where T : ApiObject
    {
        T? seen = null;
        for (var i = 0; i < 300; i++)
        {
            seen = await _admin.FindAsync<T>(ns, name, Stop);
            if (condition(seen)) return seen;
            await Task.Delay(100, Stop);
        }
        var shown = seen is null ? "nothing" : System.Text.Json.JsonSerializer.Serialize(seen, Api.ApiJson.Lenient.GetTypeInfo(typeof(T)));
        Assert.Fail($"never seen: {what}; last seen: {shown}; agent: {_agent.Exception}; server: {_server.Log}");
        return null;
    }
}

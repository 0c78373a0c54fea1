using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Storage;
using Rempart.Api.Tickets;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Agent;
using Rempart.Node.Tests.Fetching.Registries;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Tunnel;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Programs;

namespace Rempart.Node.Tests.Fetching;

/// <summary>An image with a source through the real server with its controllers, the agent's tunnel, and the fetcher in its jail.</summary>
[Trait("level", "real")]
public sealed class ImageSourceStories(JailedToolFixture jail) : IClassFixture<JailedToolFixture>, IAsyncLifetime
{
    private const int MiB = 1 << 20;
    private readonly ServerProgram _server = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(3 * MiB);
    private FetchWorld _world = null!;
    private ApiClient _admin = null!;
    private ApiClient _officer = null!;

    private CancellationToken Stop => _stop.Token;

    public async ValueTask InitializeAsync()
    {
        _world = new FetchWorld(jail);
        await _server.StartAsync(Stop);
        _admin = _server.Client("admin");
        _officer = _server.Client("security-officer");
    }

    [Fact]
    public async Task It_is_refused_until_the_officer_allows_its_network_and_comes_although_the_agent_restarts_in_the_middle()
    {
        var halfway = new TaskCompletionSource();
        _world.Server.Answer = async (request, stream, cancel) =>
        {
            await FileServer.SendAsync(request, stream, _bytes, "\"1\"", cancel, cutAfter: request.Field("Range") is null ? MiB : null);
            if (request.Field("Range") is not null) return;
            halfway.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancel);
        };
        var agent = await RunAgentAsync();
        await _admin.CreateAsync(new Image
        {
            Metadata = new() { Name = "kernel" },
            Spec = new() { Type = "Kernel", Digest = "sha256:" + PoolFixture.Digest(_bytes), Source = new() { Url = _world.Server.Url().AbsoluteUri, CertificateAuthority = "inner" } },
        }, Stop);

        // Nobody has allowed anything.
        var failed = await SeeAsync("kernel", "the refusal", image => image.Status?.Phase == "Failed");
        Assert.Equal("NotTrusted", failed.Status!.Conditions.Find("Ready")!.Reason);
        var policy = await _officer.CreateAsync(new ImageSourcePolicy { Metadata = new() { Name = "default" }, Spec = new() { CertificateAuthorities = [new() { Name = "inner", Certificates = _world.Server.Authority }] } }, Stop);
        failed = await SeeAsync("kernel", "the refusal of its address", image => image.Status?.Conditions.Find("Ready")?.Reason == "EgressDenied");
        Assert.Contains("`images.test` leads to `127.0.0.1", failed.Status!.Conditions.Find("Ready")!.Message, StringComparison.Ordinal);
        Assert.Equal(0, _world.Server.Connections);

        await _officer.UpdateAsync(policy with { Spec = policy.Spec with { AllowedRanges = ["127.0.0.1/32"] } }, Stop);
        await halfway.Task.WaitAsync(Stop);
        await SeeAsync("kernel", "a third of it", image => image.Status is { Phase: "Fetching", Progress: "33%" });
        await agent.DisposeAsync();
        await SeeAsync("kernel", "that it waits", image => image.Status?.Phase == "Pending");
        _world.Pool.Pool.Prepare();

        await using var next = await RunAgentAsync();
        var ready = await SeeAsync("kernel", "it", image => image.Status?.Phase == "Ready");
        Assert.Equal(_bytes.Length, ready.Status!.Size!.Value.Units);
        Assert.Equal(["h1"], ready.Status.Nodes!);
        Assert.Null(ready.Status.Progress);
        Assert.Equal([null, $"bytes={MiB}-"], _world.Server.Requests.Select(request => request.Field("Range")));
        Assert.Equal(["data", "image.json"], _world.Pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_out_of_a_registry_comes_by_the_command_line_that_tells_how_far_it_is()
    {
        var layer = Layers.Pack(true, ("disk/kernel", _bytes));
        var registry = new FakeRegistry(_world.Server) { Token = "let-me-in" };
        var seen = new TaskCompletionSource();
        registry.Instead = async (request, stream, cancel) =>
        {
            if (request.Path != FakeRegistry.BlobPath(layer) || request.Field("Authorization") is null || request.Field("Range") is not null) return false;
            await FileServer.SendAsync(request, stream, layer, "\"1\"", cancel, cutAfter: MiB);
            await seen.Task.WaitAsync(cancel);
            return true;
        };
        await using var agent = await RunAgentAsync();
        await _officer.CreateAsync(new ImageSourcePolicy { Metadata = new() { Name = "default" }, Spec = new() { AllowedRanges = ["127.0.0.1/32"], CertificateAuthorities = [new() { Name = "inner", Certificates = _world.Server.Authority }] } }, Stop);

        var program = BuiltProgram.Cli;
        var running = Programs.OutputAsync(program, "image", "create", "kernel", "--from", registry.PublishIndex(FakeRegistry.Gzip, layer), "--digest", "sha256:" + PoolFixture.Digest(_bytes), "--type", "Kernel", "--certificate-authority", "inner", "--kubeconfig", _server.PathOf("admin.kubeconfig"));
        for (var look = 0; look < 300 && !running.IsCompleted && !(await _admin.ListAsync<Image>(new ListQuery(), Stop)).Items.Any(); look++) await Task.Delay(100, Stop);
        await SeeAsync("kernel", "how far it is", image => image.Status is { Phase: "Fetching", Progress: { } progress } && progress != "0%");
        seen.SetResult();

        Assert.Equal("images.storage.rempart.dev/kernel is ready\n", await running);
        Assert.Equal(_bytes.Length, (await _admin.GetAsync<Image>(null, "kernel", Stop)).Status!.Size!.Value.Units);
        Assert.Equal(["data", "image.json"], _world.Pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_that_is_deleted_while_it_comes_leaves_nothing()
    {
        _world.Server.Answer = async (request, stream, cancel) =>
        {
            await FileServer.SendAsync(request, stream, _bytes, "\"1\"", cancel, cutAfter: MiB);
            await Task.Delay(Timeout.Infinite, cancel);
        };
        await using var agent = await RunAgentAsync();
        await _officer.CreateAsync(new ImageSourcePolicy { Metadata = new() { Name = "default" }, Spec = new() { AllowedRanges = ["127.0.0.1/32"], CertificateAuthorities = [new() { Name = "inner", Certificates = _world.Server.Authority }] } }, Stop);
        await _admin.CreateAsync(new Image { Metadata = new() { Name = "kernel" }, Spec = new() { Type = "Kernel", Digest = "sha256:" + PoolFixture.Digest(_bytes), Source = new() { Url = _world.Server.Url().AbsoluteUri, CertificateAuthority = "inner" } } }, Stop);
        await SeeAsync("kernel", "a third of it", image => image.Status is { Phase: "Fetching", Progress: "33%" });
        await _admin.DeleteAsync<Image>(null, "kernel", null, Stop);
        for (var i = 0; i < 600 && _world.Pool.Left.Any(); i++) await Task.Delay(100, Stop);
        Assert.Empty(_world.Pool.Left);
        Assert.Empty(jail.Left());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _admin?.Dispose();
        _officer?.Dispose();
        await _world.DisposeAsync();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<IAsyncDisposable> RunAgentAsync()
    {
        var settings = new AgentSettings(Directory.CreateDirectory(Path.Combine(_server.Folder, "node")).FullName, _server.Url, "h1");
        if (!File.Exists(settings.AuthorityFile))
        {
            File.Copy(_server.PathOf("pki/ca.crt"), settings.AuthorityFile);
            File.Copy(_server.PathOf("node.token"), settings.TokenFile);
        }

        var agent = new RunningAgent();
        var identity = new NodeIdentity(settings, connection => ApiClient.Connect(connection, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        await identity.EnsureAsync(Stop);
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(settings.AuthorityFile);
        var (client, http) = (agent.Own(ApiClient.Connect(identity.Connection, TimeProvider.System)), agent.Own(ApiTransport.Create(identity.Connection)));
        var tunnel = new TunnelClient(http, "h1", new TicketVerifier("h1", authorities, TimeProvider.System), [new FetchHandler(_world.NewFetcher(), TimeProvider.System)], TimeProvider.System, NullLogger<TunnelClient>.Instance);
        agent.Run(stop => new NodeAgent(settings, new FakeHost().Drivers(new FakeMachines(TimeProvider.System)), new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(2, 4L << 30, new()), client, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Beside = [("tunnel", tunnel.RunAsync)],
        }.RunAsync(stop));
        return agent;
    }

    private async Task<Image> SeeAsync(string name, string what, Func<Image, bool> condition)
    {
        Image? seen = null;
        for (var i = 0; i < 900; i++)
        {
            seen = await _admin.GetAsync<Image>(null, name, Stop);
            if (condition(seen)) return seen;
            await Task.Delay(100, Stop);
        }

        Assert.Fail($"never seen: {what}; last seen: {System.Text.Json.JsonSerializer.Serialize(seen, Api.ApiJson.Lenient.GetTypeInfo(typeof(Image)))}; server: {_server.Log}");
        return seen!;
    }

    private sealed class RunningAgent : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly List<IDisposable> owned = [];
        private Task task = Task.CompletedTask;

        internal T Own<T>(T part) where T : IDisposable
        {
            owned.Add(part);
            return part;
        }

        internal void Run(Func<CancellationToken, Task> run) => task = run(stop.Token);

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await Task.WhenAny(task);
            foreach (var part in owned) part.Dispose();
            stop.Dispose();
        }
    }
}

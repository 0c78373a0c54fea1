using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Certificates;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Election;
using Rempart.Server.Bootstrap;
using Rempart.Server.Run;

namespace Rempart.Server.Tests.Election;

/// <summary>
/// Two hosts of the same controller over one store, each of which wants every ConfigMap to bear its own name: as long as both could write they would
/// write for ever. The first is a leader that goes on working while nothing tells it that its lease has lapsed, as one that is thawed does at first.
/// </summary>
[Trait("level", "real")]
[Collection(WholeServers.Name)]
public sealed class TwoHostsTests : IAsyncLifetime
{
    private const int Maps = 20;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-election-");
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private ServerProcess _server = null!;
    private ServerIdentity _identity = null!;
    private ControllerCredentials _credentials = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.Equal(0, InitCommand.Run(["--data", _folder.FullName, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        _server = await ServerProcess.StartAsync(RunSettings.Parse(["--data", _folder.FullName, "--port", "0", "--controllers", "off"]), TimeProvider.System, NullLoggerFactory.Instance, _stop.Token);
        _identity = ServerIdentity.Load(new DataFolder(_folder.FullName), TimeProvider.System, _ => { });
        _credentials = new ControllerCredentials(_identity.Authority, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _credentials.Dispose();
        _identity.Dispose();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_leader_that_does_not_know_that_it_leads_no_more_is_refused_each_write_by_the_server()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var admin = _identity.Authority.IssueClient(new PublicKey(key), "admin", ["rempart:administrators"], TimeSpan.FromHours(1)).CopyWithPrivateKey(key);
        using var reader = ApiClient.Connect(new ApiConnection { Server = _server.Addresses[0], CertificateAuthorityPem = _identity.Authority.Certificate.ExportCertificatePem(), ClientCertificate = () => admin }, TimeProvider.System);
        for (var i = 0; i < Maps; i++) await reader.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "default", Name = $"m{i}" } }, _stop.Token);
        var isFrozen = new TaskCompletionSource();
        var (first, second) = (new Signer("a"), new Signer("b"));
        var a = RunAsync(first, () => isFrozen.Task.IsCompleted);
        await UntilAsync("all bear a's name", () => NamedAsync(reader, "a"));

        isFrozen.SetResult();
        var b = RunAsync(second, () => false);
        await UntilAsync("all bear b's name", () => NamedAsync(reader, "b"));
        await UntilAsync("a tried", () => Task.FromResult(first.Refused >= Maps));
        Assert.True(await NamedAsync(reader, "b"));
        Assert.Equal(0, second.Refused);

        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => a);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => b);
    }

    private async Task RunAsync(Signer signer, Func<bool> isFrozen)
    {
        using var client = Client(null, isFrozen);
        var settings = new ElectionSettings { Lease = "stories", Candidate = signer.Name, Duration = TimeSpan.FromSeconds(2), Retry = TimeSpan.FromMilliseconds(300), RenewDeadline = TimeSpan.FromHours(1) };
        await new LeaderElection(client, settings, TimeProvider.System, NullLogger<LeaderElection>.Instance).RunAsync(async (term, cancel) =>
        {
            using var writer = Client(term, null);
            await new ControllerHost([signer.Registration], _ => writer, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(cancel);
        }, _stop.Token);
    }

    private ApiClient Client(FencingToken? term, Func<bool>? isFrozen)
    {
        var connection = new ApiConnection { Server = _server.Addresses[0], CertificateAuthorityPem = _identity.Authority.Certificate.ExportCertificatePem(), ClientCertificate = () => _credentials.For("garbage-collector"), Fence = term };
        var http = ApiTransport.Create(connection);
        return new ApiClient(isFrozen is null ? http : new HttpClient(new Frozen(http, isFrozen)) { BaseAddress = connection.Server, Timeout = Timeout.InfiniteTimeSpan }, TimeProvider.System);
    }

    private async Task<bool> NamedAsync(ApiClient client, string name) =>
        (await client.ListAllAsync<ConfigMap>(new ListQuery { Namespace = "default" }, _stop.Token)).Items.Count(map => map.Data?.GetValueOrDefault("by") == name) == Maps;

    private async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await condition()) return;
            await Task.Delay(50, _stop.Token);
        }

        Assert.Fail($"never seen: {what}");
    }

    private sealed class Frozen(HttpClient inner, Func<bool> isFrozen) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (isFrozen()) await Task.Delay(Timeout.Infinite, cancellationToken);
            // A request is sent by one client only.
            var again = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content };
            foreach (var (name, values) in request.Headers) again.Headers.TryAddWithoutValidation(name, values);
            return await inner.SendAsync(again, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Signer(string name) : IReconciler
    {
        private ControllerContext? _context;
        private int _refused;

        public string Name => name;

        public int Refused => Volatile.Read(ref _refused);

        public ControllerRegistration Registration => new(
            new ControllerSpec { Name = "garbage-collector", Reads = [ControllerInput.Of<ConfigMap>((map, _) => [ResourceKey.Of(map)], new ListQuery { Namespace = "default" })], Writes = [ControllerOutput.Objects<ConfigMap>()] },
            context =>
            {
                _context = context;
                return this;
            });

        public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
        {
            if (_context!.Cache<ConfigMap>().Get(key) is not { } map || map.Data?.GetValueOrDefault("by") == name) return ReconcileResult.Done;
            try
            {
                await _context.Client.PatchAsync<ConfigMap>(key.Namespace, key.Name, ApiPatch.Merge(new JsonObject { ["data"] = new JsonObject { ["by"] = name } }), null, cancellationToken);
            }
            catch (ApiException fenced) when (fenced.Code == 403 && fenced.Message.Contains("leads no more", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _refused);
                throw;
            }

            return ReconcileResult.Done;
        }
    }
}

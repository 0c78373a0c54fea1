using System.Net;
using Microsoft.Extensions.Logging;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Api.Versions;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Secrets;
using Rempart.ApiServer.ServiceAccounts;
using Rempart.Controllers;
using Rempart.Controllers.Networking;
using Rempart.Telemetry.Metrics;
using Rempart.Telemetry.Traces;
using Rempart.Runtime.Controllers;
using Rempart.Server.Bootstrap;
using Rempart.Store;
using Rempart.Server.Stores;
using Rempart.Store.Etcd;

namespace Rempart.Server.Run;

/// <summary>Everything that a server process consists of, put together: keys, store, audit trail, API server, controllers.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Chain = "rempart-server";

    private readonly Stack<IAsyncDisposable> _owned;
    private readonly ApiServerHost _host;
    private readonly IReadOnlyList<Func<CancellationToken, Task>> _loops;

    private ServerProcess(Stack<IAsyncDisposable> owned, ApiServerHost host, IReadOnlyList<Func<CancellationToken, Task>> loops) => (_owned, _host, _loops) = (owned, host, loops);

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<Uri> Addresses => _host.Addresses;

    /// <summary>Starts to serve; controllers begin with <see cref="RunAsync"/>.</summary>
    /// <param name="settings">What it was told.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">Logs.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    public static async Task<ServerProcess> StartAsync(RunSettings settings, TimeProvider time, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var owned = new Stack<IAsyncDisposable>();
        try
        {
            var folder = new DataFolder(settings.Data);
            var identity = Own(owned, ServerIdentity.Load(folder, time, logs.CreateLogger<ServerIdentity>().LogKeys));
            var store = await StoreOpening.OpenAsync(settings.Store, settings.Data, time, logs.CreateLogger<EtcdStore>(), cancellationToken);
            owned.Push(store);
            // Of several servers each has a trail of its own, and its checkpoints go beside those of the others.
            var chain = settings.AuditChain ?? (settings.Store.IsEtcd ? $"{Chain}.{Environment.MachineName}" : Chain);
            var checkpoints = new StoredCheckpoints(store, chain);
            await checkpoints.LoadAsync(cancellationToken);
            var audit = AuditLog.Open(new AuditLogOptions
            {
                Folder = Path.Combine(settings.Data, "audit"), Chain = chain, Signer = identity.Audit, Checkpointed = checkpoints.KeepAsync, FileBytes = settings.AuditFileBytes, Time = time,
            }, logs.CreateLogger<AuditLog>());
            owned.Push(audit);
            await IntentResolver.ResolveAsync(audit, audit.UnresolvedIntents, store, cancellationToken);
            var sealing = Own(owned, KeyFile.Load(folder.SecretKeys));
            var metrics = Own(owned, new MetricsCollector(ProcessMetrics.Meter, ApiServerMetrics.Meter, StoreMetrics.Meter, ControllerMetrics.Meter, DiskRoom.Meter, TraceMetrics.Meter));
            var room = Own(owned, new DiskRoom(settings.Data, time, logs.CreateLogger<DiskRoom>()));
            var version = ProgramVersion.Own.ToString();
            ProcessMetrics.Start("rempart-server", version);
            if (TraceExporter.Start(settings.Traces, "rempart-server", version, Environment.MachineName, time, logs.CreateLogger<TraceExporter>()) is { } traces) owned.Push(traces);
            // The embedded store's file is one process's alone.
            var presence = settings.Store.IsEtcd ? new ServerPresence(NameOf(settings), ProgramVersion.Own, time, logs.CreateLogger<ServerPresence>()) : null;
            var options = Options(settings, identity, store, audit, new EnvelopeSealer(sealing), checkpoints, presence, time, logs) with { Metrics = metrics.Text };
            var host = await ApiServerHost.StartAsync(options, cancellationToken);
            owned.Push(host);
            // What reading the trail and the store has left is as large as both, and would stay until the heap has doubled.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            var credentials = Own(owned, new ControllerCredentials(identity.Authority, time));
            var controllers = new ElectedControllers(host, identity, credentials, () => Controllers(settings, identity, time), time, logs) { Alone = !settings.Store.IsEtcd };
            return new ServerProcess(owned, host, [.. settings.Controllers ? [controllers.RunAsync] : Array.Empty<Func<CancellationToken, Task>>(), .. presence is null ? Array.Empty<Func<CancellationToken, Task>>() : [cancel => presence.RunAsync(host.Objects, host.Writer, cancel)], new StoreCompaction(store, time, logs.CreateLogger<StoreCompaction>()).RunAsync, room.RunAsync]);
        }
        catch
        {
            await ReleaseAsync(owned);
            throw;
        }
    }

    /// <summary>Serves and controls until cancelled; ends with the first part that fails.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loops = _loops.Select(loop => loop(stop.Token)).Append(_host.Completion.WaitAsync(stop.Token)).ToList();
        var first = await Task.WhenAny(loops);
        await stop.CancelAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested) await first;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await ReleaseAsync(_owned);

    private static string NameOf(RunSettings settings) => settings.AuditChain ?? Environment.MachineName;

    private static ApiServerOptions Options(RunSettings settings, ServerIdentity identity, IStore store, IAuditLog audit, ISealer sealer, StoredCheckpoints checkpoints, ServerPresence? presence, TimeProvider time, ILoggerFactory logs) => new()
    {
        Name = NameOf(settings),
        Listen = [.. settings.Listen.Select(address => new IPEndPoint(address, settings.Port))],
        Certificate = identity.Certificate,
        TrustsClient = identity.TrustsClient,
        Store = store,
        Keys = identity.Keys,
        Issuer = Issuer(identity),
        Audit = audit,
        AuditCheckpoints = checkpoints,
        AuditKey = identity.Audit,
        Sealer = sealer,
        NetworkMembers = settings.Network is { } network ? NetworkFabricFile.Read(network).Members : new Dictionary<string, IPAddress>(),
        Time = time,
        Logs = logs,
        Authenticators = reader =>
        {
            var revocations = new CertificateRevocations();
            reader.Observe(revocations);
            return [new ImpersonationRefusal(), new ClientCertificateAuthenticator(identity.Authority.Trust, revocations, time), new ServiceAccountAuthenticator(identity.Keys.Tokens, Issuer(identity), reader, time), new BootstrapTokenAuthenticator(reader, time)];
        },
        Authorizer = reader => new RequestAuthorizer(reader, logs.CreateLogger<RequestAuthorizer>(), time),
        Prepare = async (reader, writer, cancellationToken) =>
        {
            // Beside a newer server its roles stay: what is new there would else be nobody's right.
            if (presence is null || !(await presence.CheckAsync(reader, cancellationToken)).IsNewerThan(ProgramVersion.Own)) await ShippedRolesReconciler.ReconcileAsync(reader, writer, cancellationToken);
            await new TokenFiles(identity.Folder, time).ImportAsync(new BootstrapTokens(reader, () => writer, time), cancellationToken);
            await DefaultPoolAsync(reader, writer, cancellationToken);
        },
    };

    // Without a slash at the end, as clients and other programs write it.
    private static string Issuer(ServerIdentity identity) => identity.Settings.Advertise.GetLeftPart(UriPartial.Authority);

    // A cluster without any pool could hold no volume; one that its people made is theirs.
    private static async Task DefaultPoolAsync(IObjectReader reader, IObjectWriter writer, CancellationToken cancellationToken)
    {
        if (await reader.ListAsync<StoragePool>(null, cancellationToken) is { Count: > 0 }) return;
        await writer.CreateAsync(new StoragePool { Metadata = new ObjectMeta { Name = StoragePool.Home }, Spec = new StoragePoolSpec { Type = "Directory", Default = true } }, cancellationToken);
    }

    private static IReadOnlyList<ControllerRegistration> Controllers(RunSettings settings, ServerIdentity identity, TimeProvider time) =>
    [
        .. ControllerSet.Core(identity.Keys.Approval),
        .. settings.Network is { } file ? NetworkControllers.Create(NetworkFabricFile.Read(file), Network(identity, time), time) : [],
    ];

    private static NetworkIdentity Network(ServerIdentity identity, TimeProvider time)
    {
        var credentials = new NetworkCredentials(identity.Authority.Network, time);
        return new NetworkIdentity(credentials.Certificate, credentials.Trust);
    }

    private static T Own<T>(Stack<IAsyncDisposable> owned, T value) where T : IDisposable
    {
        owned.Push(new Released(value));
        return value;
    }

    private static async ValueTask ReleaseAsync(Stack<IAsyncDisposable> owned)
    {
        while (owned.TryPop(out var part)) await part.DisposeAsync();
    }

    private sealed class Released(IDisposable value) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            value.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

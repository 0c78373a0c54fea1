using Microsoft.Extensions.Logging;
using Rempart.Api;
using Rempart.Api.Core;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Discovery;
using Rempart.ApiServer.Fencing;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Kinds;
using Rempart.ApiServer.Kinds.Compute;
using Rempart.ApiServer.Kinds.Reviews;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.OpenApi;
using Rempart.ApiServer.Placement;
using Rempart.ApiServer.Quotas;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.ServiceAccounts;
using Rempart.ApiServer.Skew;
using Rempart.ApiServer.Tracing;
using Rempart.ApiServer.Tunnel;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Http;

/// <summary>The parts of a server, joined. The order of stages and of admission is read here and nowhere else.</summary>
internal sealed record ApiServerParts(ObjectCache Cache, ServerWriter ServerWriter, RequestPipeline Pipeline, TunnelParts Tunnels, AccessChanges Changes, RefusalLedger Refusals, QuotaKeeper Quotas, ObjectTraces Traces, TimeProvider Time)
{
    public static ApiServerParts Create(ApiServerOptions options, CancellationToken stopping)
    {
        var kinds = new KindTable(KindRegistrations.All, ApiKinds.All.Where(k => k.Virtual));
        var transform = new SealedSecrets(options.Sealer);
        var cache = new ObjectCache(options.Store, kinds.Stored, transform, options.Time);
        var authenticators = options.Authenticators(cache);
        var authorizer = options.Authorizer(cache);
        if (authenticators.Count == 0) throw new ArgumentException("a server without an authenticator does not start: configure one", nameof(options));

        var placements = new PlacementCache(options.Time);
        placements.Observe(cache);
        var claims = new HostClaims(cache, placements, options.Store, kinds);

        // Admission writes as the server (tokens used, certificates revoked), and that writer checks through admission.
        ServerWriter? serverWriter = null;
        IReadOnlyList<IAdmissionPlugin> admission =
        [
            new NamespaceLifecycle(),
            new NewerKinds(cache.Unknown),
            new NetworkUse(),
            new PeerWarning(),
            new ProviderNetworkUse(authorizer),
            new LimitRanger(),
            new VolumeSizes(),
            new MoveStart(cache),
            new PlacementRuleCount(),
            .. SecurityAdmission.Create(options, authorizer, cache, claims, () => serverWriter!),
            new OneWriterAField(FieldWriters.All, FieldWriters.OfServer),
        ];
        var checks = new WriteChecks(admission, cache);
        var fences = new FenceBook(options.Store);
        var ledger = new QuotaLedger(cache, options.Store, kinds, options.Time);
        var writer = new ObjectWriter(cache, options.Store, transform, checks, ledger, fences, claims, options.GenerateName);
        var remover = new ObjectRemover(cache, writer, checks, ledger);
        var lister = new ObjectLister(cache, options.Store, transform);
        var refusals = new RefusalLedger(options.Audit, options.Refusals, options.Time);
        var audit = new RequestAudit(options.Audit, refusals);
        var (authenticate, authorize) = (new AuthenticateStage(authenticators), new AuthorizeStage(authorizer));
        var changes = new AccessChanges(options.Time);
        changes.Observe(cache);
        var keeper = new QuotaKeeper(cache, ledger, () => serverWriter!, options.Time, options.Logs.CreateLogger<QuotaKeeper>()) { Every = options.QuotasEvery };
        cache.Observe<ResourceQuota>(keeper);
        var access = new AccessWatch([authenticate, authorize], changes, options.Time);
        var traces = new ObjectTraces(options.Time);
        var resources = new ResourceEndpoint(cache, lister, writer, remover, new WatchStarter(cache, lister, access, audit, options.BookmarkEvery, options.Time, stopping), audit, authorize);

        var tunnels = new TunnelParts(options, access, cache, () => serverWriter!, audit, stopping);
        IReadOnlyList<ISubresource> subresources =
        [
            .. tunnels.Subresources,
            new MachineBindingSubresource(resources, writer),
            new PlacementSubresource(cache, placements, authorizer, audit),
            new TokenSubresource(new TokenIssuer(options.Keys.Tokens, options.Issuer), cache, audit),
            .. MachineOperationSubresource.Names.Select(name => new MachineOperationSubresource(name, resources, writer)),
        ];
        IReadOnlyList<IVirtualKind> asked = [new WhoAmI(), new TokenReviewer(new TokenVerifier(options.Keys.Tokens, options.Issuer, cache, options.Time)), new MayI(authorizer), new MyRules(authorizer), new MayThey(authorizer), new MayTheyHere(authorizer)];
        IReadOnlyList<IPathEndpoint> paths =
        [
            new VersionEndpoint(options.Version.ToString()),
            new AuthorityEndpoint(options.Keys.Authority.Certificate.ExportCertificatePem() + "\n"),
            new IssuerEndpoint(options.Keys.Tokens, options.Issuer),
            new HealthEndpoint(cache, options.Store),
            new DiscoveryEndpoint(kinds, subresources),
            .. options is { AuditCheckpoints: { } checkpoints, AuditKey: { } auditKey } ? [new CheckpointsEndpoint(checkpoints, auditKey)] : Array.Empty<IPathEndpoint>(),
            .. options.Metrics is { } metrics ? [new MetricsEndpoint(metrics)] : Array.Empty<IPathEndpoint>(),
            new OpenApiEndpoint(new OpenApiDocuments([.. kinds.All.Select(kind => OpenApiResource.Of(kind, kind.Virtual ? [] : kinds.Of(kind).Rules.Subresources, subresources.Where(sub => sub.Kind == kind).Select(sub => sub.Info)))], options.Version.ToString())),
        ];
        IReadOnlyList<IRequestStage> stages =
        [
            new AdmitStage(authenticate, [.. authenticators.OfType<IRemembersCredentials>()], new FlowControl(options.Flow, options.Time)),
            new AgentSkewStage(options.Version),
            new TraceStage(traces),
            authorize,
            new FenceStage(fences),
            new DispatchStage(kinds, resources, subresources, asked, paths),
        ];
        var pipeline = new RequestPipeline(stages, audit, options.AnswerStall, options.RequestTimeout, options.Time, options.Logs.CreateLogger<RequestPipeline>());
        serverWriter = new ServerWriter(kinds, writer, remover, audit.BeginByServer, options.Time);
        return new ApiServerParts(cache, serverWriter, pipeline, tunnels, changes, refusals, keeper, traces, options.Time);
    }
}

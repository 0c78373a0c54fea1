using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;
using Rempart.Policy.Placement;

namespace Rempart.ApiServer.Placement;

/// <summary><c>virtualmachines/placement</c>: which hosts fit and why the others don't, by the scheduler's code on the server's objects. Hosts are named to those who may list nodes.</summary>
internal sealed class PlacementSubresource(ObjectCache cache, PlacementCache placements, IAuthorizer authorizer, IAuditRecords audit) : ISubresource
{
    private const int MostVerdicts = 500;

    public KindInfo Kind { get; } = KindInfo.Of<VirtualMachine>();

    public string Name => "placement";

    public SubresourceInfo Info { get; } = new("placement", nameof(PlacementReport), ["get"]) { Answer = typeof(PlacementReport) };

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        if (context.Info.Verb != "get" || context.Info.Rest.Count > 0) throw Failures.MethodNotAllowed();
        await cache.SyncAsync(cancellationToken);
        var machine = cache.Get(Kind, ns, context.Info.Name!)?.As<VirtualMachine>() ?? throw Failures.NotFound(Kind, context.Info.Name!);
        var named = await authorizer.AuthorizeAsync(new AccessRequest { Caller = context.RequiredCaller, Verb = "list", Group = "", Resource = KindInfo.Of<Node>().Plural }, cancellationToken);
        await audit.ReadAsync(context, Kind, cancellationToken);
        var facts = MachineFacts.Of(machine, volume => cache.Get(KindInfo.Of<Volume>(), ns, volume)?.As<Volume>());
        var report = Report(machine, PlacementSearch.Explain(placements.Snapshot(), facts), named.Allowed);
        return new JsonResult(200, JsonSerializer.SerializeToUtf8Bytes(report, ApiJson.Strict));
    }

    /// <summary>An explanation as it is answered.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="explained">What the rules say.</param>
    /// <param name="named">Whether hosts are named.</param>
    internal static PlacementReport Report(VirtualMachine machine, PlacementExplanation explained, bool named)
    {
        var decision = explained.Decision;
        return new PlacementReport
        {
            ApiVersion = KindInfo.Of<VirtualMachine>().ApiVersion,
            Kind = nameof(PlacementReport),
            Metadata = new ObjectMeta { Namespace = machine.Metadata.Namespace, Name = machine.Metadata.Name, Uid = machine.Metadata.Uid },
            NodeName = named ? machine.Status?.NodeName : null,
            Choice = named ? decision.NodeName : null,
            Message = decision.Message,
            Hosts = decision.Hosts,
            Fitting = decision.Fitting,
            Refusals = [.. decision.Refusals.Select(refusal => new PlacementRefusal { Filter = refusal.Filter.ToString(), Hosts = refusal.Hosts, Message = refusal.Message })],
            Verdicts = !named ? null : [.. explained.Hosts.Take(MostVerdicts).Select(Verdict)],
        };
    }

    private static PlacementVerdict Verdict(HostVerdict host) => host.Filter is { } filter
        ? new() { Node = host.Node, Filter = filter.ToString(), Message = host.Message }
        : new() { Node = host.Node, Score = host.Score, Scores = [.. host.Scores.Select(score => new PlacementScore(score.Name, score.Points))] };
}

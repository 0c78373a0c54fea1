using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Policy.Placement;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Nodes;

/// <summary>Says that a node's state is unknown once its agent has not renewed its lease in time, and keeps machines away from nodes that are not ready.</summary>
internal sealed class NodeLifecycleController(ControllerContext context) : IReconciler
{
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(10);

    private readonly ICache<Node> _nodes = context.Cache<Node>();
    private readonly ICache<Lease> _leases = context.Cache<Lease>();
    private readonly LeaseSightings _sightings = new();

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "node",
            Reads = [ControllerInput.Self<Node>(), ControllerInput.Of<Lease>((lease, _) => lease.Metadata.Namespace == HostLease.Namespace ? [new(null, lease.Metadata.Name!)] : [])],
            // Ready is the agent's word while it lives and this controller's after; no other controller's.
            Writes = [.. NodeConditions.OfAgent.Select(ControllerOutput.Condition<Node>), ControllerOutput.Of<Node>("spec.taints")],
        },
        context => new NodeLifecycleController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_nodes.Get(key) is not { } node)
        {
            _sightings.Forget(key.Name);
            return ReconcileResult.Done;
        }

        var now = context.Time.GetUtcNow();
        var lapse = LapsesAt(node, _leases.Get(new(HostLease.Namespace, key.Name)), now);
        if (lapse <= now && NodeConditions.Ready(node) != "Unknown")
        {
            // The cache may have been cut off while the node renewed it.
            lapse = LapsesAt(node, await context.Client.FindAsync<Lease>(HostLease.Namespace, key.Name, cancellationToken), now);
            if (lapse > now) return ReconcileResult.After(lapse - now + Slack);
            var changed = await context.Client.ChangeStatusAsync(node, current => NodeConditions.Silent(current, lapse, now), cancellationToken);
            if (changed is null) return ReconcileResult.Done;
            context.Events.Record(node, EventSeverity.Warning, "NodeStatusUnknown", NodeConditions.Message(lapse));
            node = changed;
        }

        await TaintAsync(node, now, cancellationToken);
        return lapse > now ? ReconcileResult.After(lapse - now + Slack) : ReconcileResult.Done;
    }

    private DateTimeOffset LapsesAt(Node node, Lease? lease, DateTimeOffset now) => lease is null ? HostLease.LapsesAt(node) : _sightings.LapsesAt(lease, now);

    private async Task TaintAsync(Node node, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (NodeConditions.Taints(node, now) is not { } wanted) return;
        var taints = JsonSerializer.SerializeToNode(wanted, ApiJson.Lenient.GetTypeInfo(typeof(IReadOnlyList<Taint>)));
        // The version goes with the list: a taint that somebody else adds at the same moment must stay.
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = node.Metadata.ResourceVersion }, ["spec"] = new JsonObject { ["taints"] = taints } };
        await context.Client.PatchAsync<Node>(null, node.Metadata.Name!, ApiPatch.Merge(patch), null, cancellationToken);
        var isReady = NodeConditions.Ready(node) == "True";
        context.Events.Record(node, isReady ? EventSeverity.Normal : EventSeverity.Warning, isReady ? "NodeReady" : "NodeNotReady", isReady ? "machines may be placed on it" : "no machine is placed on it");
    }
}

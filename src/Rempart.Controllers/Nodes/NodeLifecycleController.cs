using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Nodes;

/// <summary>Says that a node's state is unknown once its agent has not renewed its lease in time.</summary>
internal sealed class NodeLifecycleController(ControllerContext context) : IReconciler
{
    private readonly ICache<Node> _nodes = context.Cache<Node>();
    private readonly ICache<Lease> _leases = context.Cache<Lease>();

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "node",
            Reads = [ControllerInput.Self<Node>(), ControllerInput.Of<Lease>((lease, _) => lease.Metadata.Namespace == NodeLease.Namespace ? [new(null, lease.Metadata.Name!)] : [])],
            // Ready is the agent's word while it lives and this controller's after; no other controller's.
            Writes = [ControllerOutput.Condition<Node>("Ready")],
        },
        context => new NodeLifecycleController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_nodes.Get(key) is not { } node) return ReconcileResult.Done;
        var now = context.Time.GetUtcNow();
        var lapse = NodeLease.LapsesAt(node, _leases.Get(new(NodeLease.Namespace, key.Name)));
        if (lapse > now) return ReconcileResult.After(lapse - now + TimeSpan.FromMilliseconds(10));
        if (node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready") is { Status: "Unknown" }) return ReconcileResult.Done;
        var changed = await context.Client.ChangeStatusAsync(node, current => Unknown(current, lapse, now), cancellationToken);
        if (changed is not null) context.Events.Record(node, EventSeverity.Warning, "NodeStatusUnknown", Message(lapse));
        return ReconcileResult.Done;
    }

    internal static Node Unknown(Node node, DateTimeOffset lapse, DateTimeOffset now)
    {
        var ready = new NodeCondition { Type = "Ready", Status = "Unknown", Reason = "NodeStatusUnknown", Message = Message(lapse), LastTransitionTime = now };
        var status = node.Status ?? new();
        return node with { Status = status with { Conditions = [.. status.Conditions?.Where(condition => condition.Type != "Ready") ?? [], ready] } };
    }

    private static string Message(DateTimeOffset lapse) => $"the node's agent has given no sign of life; its lease lapsed at `{lapse.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}`";
}

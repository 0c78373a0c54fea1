using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Controllers.Nodes;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Scheduling;

/// <summary>
/// Places machines that should run and are nowhere. One at a time; the binding itself is a compare-and-swap of the API server,
/// so that a stale cache can make a placement bad but never double.
/// </summary>
internal sealed class Scheduler(ControllerContext context) : IReconciler
{
    private const string ByNode = "scheduler/node";
    private const string Waiting = "scheduler/waiting";

    private readonly ICache<VirtualMachine> _machines = context.Cache<VirtualMachine>();
    private readonly Dictionary<string, (string Node, VirtualMachine Machine)> _assumed = new(StringComparer.Ordinal);

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "scheduler",
            Reads =
            [
                // A machine that goes, or stops waiting, may have made room.
                ControllerInput.Of<VirtualMachine>((machine, caches) => machine.Status?.NodeName is null ? [ResourceKey.Of(machine)] : machine.Metadata.DeletionTimestamp is null ? [] : AllWaiting(caches)),
                ControllerInput.Of<Node>((_, caches) => AllWaiting(caches)),
                ControllerInput.Of<Lease>((lease, caches) => lease.Metadata.Namespace == NodeLease.Namespace ? AllWaiting(caches) : []),
                ControllerInput.Of<Image>((_, caches) => AllWaiting(caches)),
                ControllerInput.Of<Volume>((_, caches) => AllWaiting(caches)),
            ],
            Writes = [ControllerOutput.Condition<VirtualMachine>("Scheduled"), ControllerOutput.Of<VirtualMachine>("status.nodeName")],
            Concurrency = 1,
        },
        context =>
        {
            var machines = context.Cache<VirtualMachine>();
            machines.AddIndex(ByNode, machine => machine.Status?.NodeName is { } node ? [node] : []);
            machines.AddIndex(Waiting, machine => IsWaiting(machine) ? ["true"] : []);
            return new Scheduler(context);
        });

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_machines.Get(key) is not { } machine || !IsWaiting(machine) || _assumed.ContainsKey(machine.Metadata.Uid!)) return Settled();
        var placement = PlacementSearch.Decide(machine, View(machine));
        if (placement.NodeName is { } node) await BindAsync(machine, node, cancellationToken);
        var bound = placement.NodeName is not null;
        var told = await context.Client.ChangeStatusAsync(machine, current => Say(current, bound, placement, context.Time.GetUtcNow()), cancellationToken);
        if (told is not null && !ReferenceEquals(told, machine)) context.Events.Record(machine, bound ? EventSeverity.Normal : EventSeverity.Warning, bound ? "Scheduled" : "FailedScheduling", placement.Message);
        return bound ? ReconcileResult.Done : ReconcileResult.After(TimeSpan.FromMinutes(1));

        ReconcileResult Settled()
        {
            // Bindings of ours that the cache shows need no memory any more.
            foreach (var (uid, assumed) in _assumed.ToList())
            {
                if (_machines.Get(ResourceKey.Of(assumed.Machine)) is not { } seen || seen.Metadata.Uid != uid || seen.Status?.NodeName is not null) _assumed.Remove(uid);
            }
            return ReconcileResult.Done;
        }
    }

    internal static VirtualMachine Say(VirtualMachine machine, bool bound, Placement placement, DateTimeOffset now)
    {
        var status = machine.Status ?? new();
        return machine with { Status = status with { Conditions = status.Conditions.With("Scheduled", bound, placement.Reason, placement.Message, machine.Metadata.Generation, now) } };
    }

    // Without the finalizer a machine could vanish from the API while its host runs it.
    private static bool IsWaiting(VirtualMachine machine) => machine.Status?.NodeName is null && machine.Metadata.DeletionTimestamp is null
        && machine.Spec.PowerState != PowerState.Stopped && Finalizers.Has(machine, MachineMarks.Finalizer);

    private static IEnumerable<ResourceKey> AllWaiting(ICaches caches) => caches.Of<VirtualMachine>().ByIndex(Waiting, "true").Select(ResourceKey.Of);

    private async Task BindAsync(VirtualMachine machine, string node, CancellationToken cancellationToken)
    {
        var binding = new MachineBinding
        {
            ApiVersion = KindInfo.Of<VirtualMachine>().ApiVersion,
            Kind = nameof(MachineBinding),
            Metadata = new() { Namespace = machine.Metadata.Namespace, Name = machine.Metadata.Name, Uid = machine.Metadata.Uid },
            NodeName = node,
        };
        var path = KindInfo.Of<VirtualMachine>().Path(machine.Metadata.Namespace, machine.Metadata.Name, "binding");
        await context.Client.SendAsync(HttpMethod.Post, path, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(binding, Api.ApiJson.Lenient.GetTypeInfo(typeof(MachineBinding))), null, null, cancellationToken);
        _assumed[machine.Metadata.Uid!] = (node, machine);
    }

    private SchedulerView View(VirtualMachine machine)
    {
        var now = context.Time.GetUtcNow();
        var leases = context.Cache<Lease>();
        return new SchedulerView
        {
            Nodes =
            [
                .. context.Cache<Node>().List().Select(node => new SchedulerView.Candidate(
                    node,
                    NodeLease.LapsesAt(node, leases.Get(new(NodeLease.Namespace, node.Metadata.Name!))) > now,
                    Bound(node.Metadata.Name!))),
            ],
            Image = name => context.Cache<Image>().Get(new(null, name)),
            Volume = name => context.Cache<Volume>().Get(new(machine.Metadata.Namespace, name)),
        };
    }

    private IReadOnlyList<VirtualMachine> Bound(string node) =>
    [
        .. _machines.ByIndex(ByNode, node)
            .Concat(_assumed.Values.Where(assumed => assumed.Node == node).Select(assumed => assumed.Machine))
            .DistinctBy(machine => machine.Metadata.Uid),
    ];
}

using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Placement;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Scheduling;

/// <summary>
/// Places machines that should run and are nowhere, one at a time, in the order of <see cref="WaitingOrder"/>. The binding itself is a compare-and-swap of
/// the API server, which looks at room and rules again: a stale cache can make a placement bad or late, but never too much for a host.
/// </summary>
internal sealed class Scheduler : IReconciler
{
    private const string Waiting = "scheduler/waiting";
    private const string Condition = "Scheduled";

    // No machine has this key: it stands for all that wait.
    private static readonly ResourceKey Everybody = new(null, "");

    private readonly ControllerContext _context;
    private readonly ICache<VirtualMachine> _machines;
    private readonly ClusterFeed _cluster;
    private readonly Dictionary<ResourceKey, (long Openings, string? Version, string Volumes)> _judged = [];
    private readonly HashSet<ResourceKey> _failing = [];

    private Scheduler(ControllerContext context)
    {
        (_context, _machines) = (context, context.Cache<VirtualMachine>());
        _machines.AddIndex(Waiting, machine => IsWaiting(machine) ? ["true"] : []);
        _cluster = new ClusterFeed(context, () => context.Enqueue(Everybody));
    }

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "scheduler",
            Reads =
            [
                ControllerInput.Self<VirtualMachine>(),
                ControllerInput.Of<Volume>((volume, caches) => caches.Of<VirtualMachine>().ByIndex(Waiting, "true").Where(machine => machine.Metadata.Namespace == volume.Metadata.Namespace).Select(ResourceKey.Of)),
                .. ClusterFeed.Inputs,
            ],
            Writes = [ControllerOutput.Condition<VirtualMachine>(Condition), ControllerOutput.Of<VirtualMachine>("status.nodeName")],
            Concurrency = 1,
        },
        context => new Scheduler(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (key == Everybody)
        {
            foreach (var machine in _machines.ByIndex(Waiting, "true").Where(IsDue)) _context.Enqueue(ResourceKey.Of(machine));
            return ReconcileResult.Done;
        }

        var asked = _machines.Get(key);
        if (asked is null || !IsWaiting(asked) || _cluster.IsPlaced(asked))
        {
            // The answer to its binding may have been lost, or the word behind it: its place is told all the same.
            if (asked?.Status is { NodeName: { } node } && asked.Metadata.DeletionTimestamp is null) await TellAsync(asked, true, PlacementDecision.On(node), cancellationToken);
            _judged.Remove(key);
            _failing.Remove(key);
            return ReconcileResult.Done;
        }

        if (IsDue(asked)) await PlaceInOrderAsync(asked, cancellationToken);
        return _cluster.IsPlaced(asked) ? ReconcileResult.Done : ReconcileResult.After(TimeSpan.FromMinutes(1));
    }

    internal static VirtualMachine Say(VirtualMachine machine, bool bound, PlacementDecision decision, DateTimeOffset now)
    {
        var status = machine.Status ?? new();
        return machine with { Status = status with { Conditions = status.Conditions.With(Condition, bound, decision.Reason, decision.Message, machine.Metadata.Generation, now) } };
    }

    // Without the finalizer a machine could vanish from the API while its host runs it.
    private static bool IsWaiting(VirtualMachine machine) => machine.Status?.NodeName is null && machine.Metadata.DeletionTimestamp is null
        && machine.Spec.PowerState != PowerState.Stopped && Finalizers.Has(machine, MachineMarks.Finalizer);

    private bool IsDue(VirtualMachine machine) => !_judged.TryGetValue(ResourceKey.Of(machine), out var judged) || judged != Stamp(machine);

    // What a judgement holds for: once made, it is not made again before something has changed that it depends on.
    private (long Openings, string? Version, string Volumes) Stamp(VirtualMachine machine) =>
        (_cluster.Openings, machine.Metadata.ResourceVersion, string.Join(' ', _cluster.FactsOf(machine).Volumes.Select(volume => $"{volume.Volume}={volume.Node}")));

    // Whoever is asked about, those before it in the line come first. One of them that the server refuses has a turn of its own, with its own back-off.
    private async Task PlaceInOrderAsync(VirtualMachine asked, CancellationToken cancellationToken)
    {
        var last = ResourceKey.Of(asked);
        foreach (var machine in WaitingOrder.Of(_machines.ByIndex(Waiting, "true")))
        {
            var key = ResourceKey.Of(machine);
            if (key == last) break;
            if (_failing.Contains(key) || _cluster.IsPlaced(machine) || !IsDue(machine)) continue;
            try
            {
                await PlaceAsync(machine, cancellationToken);
            }
            catch (ApiException)
            {
                _failing.Add(key);
                _context.Enqueue(key);
            }
        }

        await PlaceAsync(asked, cancellationToken);
        _failing.Remove(last);
    }

    private async Task PlaceAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var (stamp, facts) = (Stamp(machine), _cluster.FactsOf(machine));
        var decision = PlacementSearch.Decide(_cluster.Snapshot(), facts);
        var bound = decision.NodeName is not null;
        if (bound)
        {
            await BindAsync(machine, decision.NodeName!, cancellationToken);
            _cluster.Assume(facts, decision.NodeName!);
        }

        var told = await TellAsync(machine, bound, decision, cancellationToken);
        if (!bound) _judged[ResourceKey.Of(machine)] = stamp with { Version = told?.Metadata.ResourceVersion ?? stamp.Version };
    }

    // Once: whoever bound it, and whoever said so before, a machine that is known to be placed is left alone.
    private async Task<VirtualMachine?> TellAsync(VirtualMachine machine, bool bound, PlacementDecision decision, CancellationToken cancellationToken)
    {
        if (bound && machine.Status?.Conditions.IsTrue(Condition) == true) return machine;
        var says = false;
        var told = await _context.Client.ChangeStatusAsync(machine, current =>
        {
            says = !(bound && current.Status?.Conditions.IsTrue(Condition) == true);
            return says ? Say(current, bound, decision, _context.Time.GetUtcNow()) : current;
        }, cancellationToken);
        if (says && told is not null && !ReferenceEquals(told, machine)) _context.Events.Record(machine, bound ? EventSeverity.Normal : EventSeverity.Warning, bound ? Condition : "FailedScheduling", decision.Message);
        return told;
    }

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
        await _context.Client.SendAsync(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(binding, ApiJson.Lenient.GetTypeInfo(typeof(MachineBinding))), null, null, cancellationToken);
    }
}

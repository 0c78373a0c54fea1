using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Controllers.Nodes;
using Rempart.Controllers.Scheduling;
using Rempart.Policy.Migrations;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Migration;

/// <summary>Leads moves of machines: chooses targets, follows what source and target say, gives up what fails, and keeps a short history. One at a time, so that two moves don't count on the same room.</summary>
internal sealed class MigrationController(ControllerContext context) : IReconciler
{
    private const string ByMachine = "migration/machine";
    private const string ActiveByNode = "migration/active";
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CommitDue = TimeSpan.FromSeconds(1);

    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>();
    private readonly ICache<VirtualMachine> _machines = context.Cache<VirtualMachine>();

    // When it was seen first that all was sent, by the uid of a move that is not over. One reconciliation at a time.
    private readonly Dictionary<string, long> _sent = new(StringComparer.Ordinal);

    // Moves that have begun and that the cache may not show as begun yet, by their uids.
    private readonly Dictionary<string, MachineMigration> _begun = new(StringComparer.Ordinal);

    private readonly ClusterFeed _cluster = new(context, () => { });

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "migration",
            Reads =
            [
                // One that ends may be the eleventh: which of the older ones are kept is looked at anew.
                ControllerInput.Of<MachineMigration>((move, caches) => [ResourceKey.Of(move), .. MigrationPhase.IsEnded(move.Status?.Phase) ? caches.Of<MachineMigration>().ByIndex(ByMachine, MachineOf(move)).Select(ResourceKey.Of) : []]),
                ControllerInput.Of<VirtualMachine>((machine, caches) => caches.Of<MachineMigration>().ByIndex(ByMachine, $"{machine.Metadata.Namespace}/{machine.Metadata.Name}").Select(ResourceKey.Of)),
                ControllerInput.Of<Node>((node, caches) => caches.Of<MachineMigration>().ByIndex(ActiveByNode, node.Metadata.Name!).Select(ResourceKey.Of)),
                ControllerInput.Lookup<Volume>(),
                .. ClusterFeed.Inputs,
            ],
            Writes =
            [
                .. ((string[])["phase", "reason", "message", "startedAt", "completedAt", "sourceNode", "targetNode", "runGeneration"]).Select(field => ControllerOutput.Of<MachineMigration>($"status.{field}")),
                ControllerOutput.Of<MachineMigration>("metadata.finalizers"),
                ControllerOutput.Objects<MachineMigration>(),
            ],
            Concurrency = 1,
        },
        context =>
        {
            var moves = context.Cache<MachineMigration>();
            moves.AddIndex(ByMachine, move => [MachineOf(move)]);
            moves.AddIndex(ActiveByNode, move => MigrationPhase.IsEnded(move.Status?.Phase) ? [] : [.. new[] { move.Status?.SourceNode, move.Status?.TargetNode }.OfType<string>().Distinct()]);
            return new MigrationController(context);
        });

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_moves.Get(key) is not { } move) return ReconcileResult.Done;
        if (MigrationPhase.IsEnded(move.Status?.Phase))
        {
            _sent.Remove(move.Metadata.Uid!);
            return await TidyAsync(move, cancellationToken);
        }
        if (!Finalizers.Has(move, MigrationMarks.Finalizer)) await Finalizers.AddAsync(context.Client, KindInfo.Of<MachineMigration>(), move, MigrationMarks.Finalizer, cancellationToken);
        // The cache of machines may be behind that of moves: a machine that was made a moment ago is not gone.
        var machine = _machines.Get(new(move.Metadata.Namespace, move.Spec.Machine)) ?? await context.Client.FindAsync<VirtualMachine>(move.Metadata.Namespace, move.Spec.Machine, cancellationToken);
        var waits = CommitDueIn(move);
        var told = await context.Client.ChangeStatusAsync(move, current => current with { Status = MoveCourse.Decide(current, View(current, machine) with { CommitOverdue = waits == TimeSpan.Zero }) }, cancellationToken);
        if (told is null) return ReconcileResult.Done;
        // The next move is chosen with this one's room taken, whatever the cache shows by then.
        if (told.Status?.TargetNode is not null && move.Status?.TargetNode is null)
        {
            _cluster.Assume(told);
            _begun[told.Metadata.Uid!] = told;
        }

        if (told.Status?.Phase != move.Status?.Phase || told.Status?.Reason != move.Status?.Reason) Tell(told);
        var left = MoveCourse.Deadline(told) - context.Time.GetUtcNow();
        return MigrationPhase.IsEnded(told.Status?.Phase) ? ReconcileResult.Done : ReconcileResult.After(new[] { left, waits, Again }.Where(time => time > TimeSpan.Zero).Min());
    }

    private TimeSpan CommitDueIn(MachineMigration move)
    {
        var uid = move.Metadata.Uid!;
        if (MigrationMarks.IsCommitted(move) || move.Status?.Source?.State != MigrationState.Sent)
        {
            _sent.Remove(uid);
            return TimeSpan.Zero;
        }
        if (!_sent.TryGetValue(uid, out var since)) _sent[uid] = since = context.Time.GetTimestamp();
        var left = CommitDue - context.Time.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<ReconcileResult> TidyAsync(MachineMigration move, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        if (move.Metadata.DeletionTimestamp is not null)
        {
            if (MoveHistory.IsHeld(move, Health(move.Status!.SourceNode), Health(move.Status.TargetNode), now)) return ReconcileResult.After(Again);
            await Finalizers.RemoveAsync(context.Client, KindInfo.Of<MachineMigration>(), move, MigrationMarks.Finalizer, cancellationToken);
            return ReconcileResult.Done;
        }

        var left = MoveHistory.Due(move, _moves.ByIndex(ByMachine, MachineOf(move))) - now;
        if (left > TimeSpan.Zero) return ReconcileResult.After(left);
        await context.Client.DeleteAsync<MachineMigration>(move.Metadata.Namespace, move.Metadata.Name!, new() { Preconditions = new() { Uid = move.Metadata.Uid } }, cancellationToken);
        return ReconcileResult.Done;
    }

    private MoveView View(MachineMigration move, VirtualMachine? machine) => new()
    {
        Now = context.Time.GetUtcNow(),
        Machine = machine,
        Source = Health(move.Status?.SourceNode ?? machine?.Status?.NodeName),
        Target = move.Status?.TargetNode is { } target ? Health(target) : HostStanding.Ready,
        Crowded = found => Crowded(move, found, found.Status!.NodeName!),
        Choose = found => TargetSearch.Choose(found, move.Spec.TargetNode, _cluster.Snapshot(), name => context.Cache<Host>().Get(new(null, name)), name => context.Cache<Node>().Get(new(null, name)), name => Behind(move, Volume(found, name)), node => Crowded(move, found, node)),
    };

    private string? Crowded(MachineMigration move, VirtualMachine machine, string node)
    {
        var host = context.Cache<Host>().Get(new(null, node));
        return PoolRoom.Obstacle(host, DiskDemand.Of(move, machine, machine.Status!.NodeName == node, name => Volume(machine, name)), [.. Active(node).Where(other => other.Metadata.Uid != move.Metadata.Uid).SelectMany(OnTheWay)]);
    }

    // Moves under way that bring something to a host.
    private IEnumerable<MachineMigration> Active(string node)
    {
        foreach (var (uid, begun) in _begun.ToList())
        {
            if (_moves.Get(ResourceKey.Of(begun)) is not { } seen || seen.Metadata.Uid != uid || seen.Status?.TargetNode is not null) _begun.Remove(uid);
        }

        return _moves.ByIndex(ActiveByNode, node).Where(move => !_begun.ContainsKey(move.Metadata.Uid!)).Concat(_begun.Values).Where(move => move.Status?.TargetNode == node);
    }

    private IEnumerable<DiskDemand> OnTheWay(MachineMigration move) =>
        _machines.Get(new(move.Metadata.Namespace, move.Spec.Machine)) is { } machine ? DiskDemand.Left(move, DiskDemand.Of(move, machine, MigrationMarks.StaysOnHost(move), name => Volume(machine, name))) : [];

    private Volume? Volume(VirtualMachine machine, string name) => context.Cache<Volume>().Get(new(machine.Metadata.Namespace, name));

    // A volume as it will be: the target must have the pool that it goes to, not the one that it comes from.
    private static Volume? Behind(MachineMigration move, Volume? volume) =>
        volume is not null && move.Spec.Volumes?.FirstOrDefault(asked => asked.Name == volume.Metadata.Name) is { } wanted ? volume with { Status = (volume.Status ?? new()) with { Pool = wanted.Pool } } : volume;

    private static string MachineOf(MachineMigration move) => $"{move.Metadata.Namespace}/{move.Spec.Machine}";

    private HostStanding Health(string? name)
    {
        if (name is null || context.Cache<Node>().Get(new(null, name)) is not { } node) return HostStanding.Gone;
        // Whose lease has lapsed is not ready any more: one controller counts that.
        return NodeConditions.Ready(node) == "True" ? HostStanding.Ready : HostStanding.Lost;
    }

    private void Tell(MachineMigration move)
    {
        var status = move.Status!;
        var (word, severity) = status.Phase switch
        {
            MigrationPhase.Completed => ("Migrated", EventSeverity.Normal),
            MigrationPhase.Failed => ("MigrationFailed", EventSeverity.Warning),
            MigrationPhase.Canceled => ("MigrationCanceled", EventSeverity.Normal),
            MigrationPhase.Preparing => ("MigrationStarted", EventSeverity.Normal),
            _ => ("Migrating", EventSeverity.Normal),
        };
        var message = status.Message ?? "";
        if (status is { Phase: MigrationPhase.Completed, Source.DowntimeMilliseconds: { } downtime }) message += string.Create(System.Globalization.CultureInfo.InvariantCulture, $"; it stood still for {downtime} ms");
        context.Events.Record(move, severity, word, message);
        if (word != "Migrating" && _machines.Get(new(move.Metadata.Namespace, move.Spec.Machine)) is { } machine) context.Events.Record(machine, severity, word, $"machinemigration `{move.Metadata.Name}`: {message}");
    }
}

using Rempart.Api.Compute;
using Rempart.Api.Infra;

namespace Rempart.Controllers.Maintenance;

/// <summary>Decides which machines move next from a host that is being emptied, and what keeps those that don't.</summary>
internal static class DrainPlanner
{
    /// <summary>A machine whose move failed is tried again after this time, and after twice as long each time it fails again: room may have come.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    /// <summary>The longest of these pauses.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <param name="maintenance">The maintenance; the host takes nothing new by now.</param>
    /// <param name="view">The host.</param>
    public static DrainPlan Decide(HostMaintenance maintenance, DrainView view)
    {
        var status = maintenance.Status ?? new();
        var left = view.Machines.Where(IsLeft).OrderBy(machine => machine.Metadata.Namespace, StringComparer.Ordinal).ThenBy(machine => machine.Metadata.Name, StringComparer.Ordinal).ToList();
        var (ready, blockers, moving, stuck) = (new List<VirtualMachine>(), new List<MaintenanceBlocker>(), 0, 0);
        foreach (var machine in left)
        {
            var newest = view.Newest(machine);
            var failure = Failure(machine, newest, view);
            var moves = newest is not null && IsActive(newest, machine);
            var obstacle = moves ? null : Obstacle(machine, view);
            // What failed last is told until it does not fail: while it is tried again, it may well fail for the same reason.
            if ((obstacle ?? failure?.Why) is { } why) blockers.Add(why);
            if (moves) moving++;
            else if (obstacle is not null || view.Now < failure?.Due) stuck++;
            else if (machine.Status?.Phase == MachinePhase.Running && !IsEnding(machine)) ready.Add(machine);
        }

        var begin = ready.Take(Math.Max(0, (maintenance.Spec.Parallel ?? HostMaintenanceSpec.UsualParallel) - moving)).ToList();
        var remaining = left.Count + view.Arriving.Count;
        var phase = remaining == 0 ? MaintenancePhase.Drained : stuck == remaining ? MaintenancePhase.Blocked : MaintenancePhase.Draining;
        var told = status with
        {
            Phase = phase,
            StartedAt = status.StartedAt ?? view.Now,
            DrainedAt = phase == MaintenancePhase.Drained ? status.DrainedAt ?? view.Now : null,
            MachinesLeft = remaining,
            MachinesMoving = moving + begin.Count,
            MachinesStopped = view.Machines.Count - left.Count,
            Blockers = blockers.Count == 0 ? null : [.. blockers.Take(HostMaintenanceStatus.MostBlockers)],
        };
        return new DrainPlan(begin, told with { Message = Message(told, view.Arriving.Count, blockers) });
    }

    // What is stopped has no process, and its disks stay where they are. What is bound and doesn't run yet is about to.
    private static bool IsLeft(VirtualMachine machine) => machine.Status?.Phase switch
    {
        MachinePhase.Stopped => false,
        null or MachinePhase.Pending or MachinePhase.Scheduled or MachinePhase.Failed => machine.Spec.PowerState != PowerState.Stopped,
        _ => true,
    };

    private static bool IsEnding(VirtualMachine machine) => machine.Metadata.DeletionTimestamp is not null || machine.Spec.PowerState == PowerState.Stopped;

    // Moves and machines are told of one by one: a machine may still be seen here that has arrived elsewhere, and must not be moved from there.
    private static bool IsActive(MachineMigration move, VirtualMachine machine) => (move.Status?.MachineUid is null || move.Status.MachineUid == machine.Metadata.Uid)
        && (!MigrationPhase.IsEnded(move.Status?.Phase) || (move.Status!.Phase == MigrationPhase.Completed && (machine.Status?.RunGeneration ?? 0) <= move.Status.RunGeneration));

    // What stands in the way whatever is tried.
    private static MaintenanceBlocker? Obstacle(VirtualMachine machine, DrainView view)
    {
        if (IsEnding(machine)) return null;
        if (machine.Status?.Phase == MachinePhase.Paused) return Of(machine, "Paused", "the machine is paused: resume or stop it");
        if (machine.Status?.Phase == MachinePhase.Failed) return Of(machine, "Failed", "the machine fails again and again: mend or stop it");
        return view.IsReady ? null : Of(machine, "SourceLost", "the host gives no sign of life or is not ready: nothing moves away from it");
    }

    private static (MaintenanceBlocker Why, DateTimeOffset Due)? Failure(VirtualMachine machine, MachineMigration? newest, DrainView view)
    {
        if (IsEnding(machine)) return null;
        var failures = view.Failures(machine);
        // Of its disks alone: that says nothing of moving away.
        if (MigrationMarks.StaysOnHost(newest)) newest = null;
        var last = newest is { Status: { Phase: MigrationPhase.Failed or MigrationPhase.Canceled, CompletedAt: not null } over } && over.MachineUid == machine.Metadata.Uid ? newest : failures.Count > 0 ? failures[0] : null;
        if (last?.Status is not { CompletedAt: { } ended } status) return null;
        return (Of(machine, status.Reason ?? "MoveFailed", status.Message ?? "its move failed"), ended + PauseBehind(failures.Count));
    }

    /// <summary>How long a machine is left alone behind so many failures in a row, of which there is one at least.</summary>
    internal static TimeSpan PauseBehind(int failures)
    {
        var pause = Again * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return pause < Longest ? pause : Longest;
    }

    private static MaintenanceBlocker Of(VirtualMachine machine, string reason, string message) =>
        new() { Namespace = machine.Metadata.Namespace!, Machine = machine.Metadata.Name!, Reason = reason, Message = message };

    private static string Message(HostMaintenanceStatus status, int arriving, List<MaintenanceBlocker> blockers)
    {
        var stay = status.MachinesStopped is 0 ? "" : $"; {status.MachinesStopped} stopped {(status.MachinesStopped == 1 ? "machine stays" : "machines stay")}";
        if (status.Phase == MaintenancePhase.Drained) return $"nothing runs there{stay}";
        var come = arriving == 0 ? "" : $", {arriving} on the way there";
        var blocked = blockers.Count == 0 ? "" : $"; `{blockers[0].Namespace}/{blockers[0].Machine}`: {blockers[0].Message}{(blockers.Count == 1 ? "" : $", and {blockers.Count - 1} more")}";
        return $"{status.MachinesLeft} {(status.MachinesLeft == 1 ? "machine" : "machines")} left, {status.MachinesMoving} moving{come}{blocked}{stay}";
    }
}

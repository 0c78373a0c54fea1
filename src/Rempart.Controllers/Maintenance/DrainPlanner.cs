using Rempart.Api.Compute;
using Rempart.Api.Infra;

namespace Rempart.Controllers.Maintenance;

/// <summary>Decides which machines move next from a host that is being emptied, and what keeps those that don't.</summary>
internal static class DrainPlanner
{
    private const int UsualParallel = 2;
    private const int MostBlockers = 64;

    /// <summary>A machine whose move failed is tried again after this time: room may have come.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(60);

    /// <param name="maintenance">The maintenance; the host takes nothing new by now.</param>
    /// <param name="machines">All machines bound to the host.</param>
    /// <param name="newest">The newest move of a machine; null when there is none.</param>
    /// <param name="now">The time.</param>
    public static DrainPlan Decide(HostMaintenance maintenance, IReadOnlyList<VirtualMachine> machines, Func<VirtualMachine, MachineMigration?> newest, DateTimeOffset now)
    {
        var status = maintenance.Status ?? new();
        var running = machines.Where(Runs).OrderBy(machine => machine.Metadata.Namespace, StringComparer.Ordinal).ThenBy(machine => machine.Metadata.Name, StringComparer.Ordinal).ToList();
        var moving = running.Where(machine => newest(machine) is { } move && IsActive(move, machine)).ToList();
        var waiting = running.Except(moving).Select(machine => (Machine: machine, Blocker: Blocker(machine, newest(machine), now))).ToList();
        var begin = waiting.Where(entry => entry.Blocker is null && entry.Machine.Status?.Phase == MachinePhase.Running).Select(entry => entry.Machine)
            .Take(Math.Max(0, (maintenance.Spec.Parallel ?? UsualParallel) - moving.Count)).ToList();
        var blockers = waiting.Select(entry => entry.Blocker).OfType<MaintenanceBlocker>().Take(MostBlockers).ToList();
        var phase = running.Count == 0 ? MaintenancePhase.Drained
            : blockers.Count > 0 && blockers.Count == Math.Min(running.Count, MostBlockers) ? MaintenancePhase.Blocked : MaintenancePhase.Draining;
        return new DrainPlan(begin, status with
        {
            Phase = phase,
            StartedAt = status.StartedAt ?? now,
            DrainedAt = phase == MaintenancePhase.Drained ? status.DrainedAt ?? now : null,
            MachinesLeft = running.Count,
            MachinesMoving = moving.Count + begin.Count,
            MachinesStopped = machines.Count - running.Count,
            Blockers = blockers.Count == 0 ? null : blockers,
            Message = Message(phase, running.Count, moving.Count + begin.Count, machines.Count - running.Count, blockers),
        });
    }

    // What is stopped has no process, and its disks stay where they are.
    private static bool Runs(VirtualMachine machine) => machine.Status?.Phase is not (null or MachinePhase.Pending or MachinePhase.Scheduled or MachinePhase.Stopped) && !(machine.Status.Phase == MachinePhase.Failed && machine.Spec.PowerState == PowerState.Stopped);

    // Moves and machines are told of one by one: a machine may still be seen here that has arrived elsewhere, and must not be moved from there.
    private static bool IsActive(MachineMigration move, VirtualMachine machine) => (move.Status?.MachineUid is null || move.Status.MachineUid == machine.Metadata.Uid)
        && (!MigrationPhase.IsEnded(move.Status?.Phase) || (move.Status!.Phase == MigrationPhase.Completed && (machine.Status?.RunGeneration ?? 0) <= move.Status.RunGeneration));

    private static MaintenanceBlocker? Blocker(VirtualMachine machine, MachineMigration? last, DateTimeOffset now)
    {
        if (machine.Metadata.DeletionTimestamp is not null || machine.Spec.PowerState == PowerState.Stopped) return null;
        if (machine.Status?.Phase == MachinePhase.Paused) return Of(machine, "Paused", "the machine is paused: resume or stop it");
        if (machine.Status?.Phase == MachinePhase.Failed) return Of(machine, "Failed", "the machine fails again and again: mend or stop it");
        return last is { Status: { Phase: MigrationPhase.Failed or MigrationPhase.Canceled, CompletedAt: { } ended } status } && status.MachineUid == machine.Metadata.Uid && now < ended + Again
            ? Of(machine, status.Reason ?? "MoveFailed", status.Message ?? "its move failed") : null;
    }

    private static MaintenanceBlocker Of(VirtualMachine machine, string reason, string message) =>
        new() { Namespace = machine.Metadata.Namespace!, Machine = machine.Metadata.Name!, Reason = reason, Message = message };

    private static string Message(string phase, int left, int moving, int stopped, List<MaintenanceBlocker> blockers)
    {
        var stay = stopped == 0 ? "" : $"; {stopped} stopped {(stopped == 1 ? "machine stays" : "machines stay")}";
        if (phase == MaintenancePhase.Drained) return $"nothing runs there{stay}";
        var blocked = blockers.Count == 0 ? "" : $"; `{blockers[0].Namespace}/{blockers[0].Machine}`: {blockers[0].Message}{(blockers.Count == 1 ? "" : $", and {blockers.Count - 1} more")}";
        return $"{left} {(left == 1 ? "machine" : "machines")} left, {moving} moving{blocked}{stay}";
    }
}

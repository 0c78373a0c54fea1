using System.Globalization;
using Rempart.Api.Compute;

namespace Rempart.Controllers.Migration;

/// <summary>
/// What becomes of a move. Before the commit it can fail and be given up, and the source has the machine as before; behind it, it can only go on.
/// Which of both it is the server's condition <c>Committed</c> says, and the server refuses a verdict that was made without knowing of it.
/// </summary>
internal static class MoveCourse
{
    private const int UsualTimeout = 3600;

    /// <summary>The status to be; the very same one when there is nothing to say.</summary>
    public static MachineMigrationStatus Decide(MachineMigration move, MoveView view)
    {
        var status = move.Status ?? new();
        if (MigrationPhase.IsEnded(status.Phase)) return status;
        var machine = view.Machine is { } found && found.Metadata.Uid == status.MachineUid ? found : null;
        if (MigrationMarks.IsCommitted(move)) return Onwards(move, status, machine, view);
        if (GivenUp(move, status, machine) is var (why, because)) return End(status, MigrationPhase.Canceled, why, because, view.Now);
        if (Broken(move, status, machine, view) is var (what, sentence)) return End(status, MigrationPhase.Failed, what, sentence, view.Now);
        return status.TargetNode is null ? Begin(move, status, machine!, view) : Progress(move, status, view);
    }

    /// <summary>When the move is given up for the time that it takes.</summary>
    public static DateTimeOffset Deadline(MachineMigration move) =>
        (move.Status?.StartedAt ?? move.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue).AddSeconds(move.Spec.TimeoutSeconds ?? UsualTimeout);

    private static (string Why, string Because)? GivenUp(MachineMigration move, MachineMigrationStatus status, VirtualMachine? machine)
    {
        if (move.Spec.Cancel == true) return ("Canceled", "given up, as asked for");
        if (move.Metadata.DeletionTimestamp is not null) return ("Deleted", "given up, because the move was deleted");
        if (machine?.Metadata.DeletionTimestamp is not null) return ("MachineDeleted", "given up, because the machine is being deleted");
        if (machine?.Spec.PowerState != PowerState.Stopped) return null;
        // Disks of a machine that is stopped move without it; one that runs and is to be stopped must not wait for them.
        if (MigrationMarks.IsOfDisks(move.Spec, machine.Status?.NodeName) && (status.TargetNode is null || machine.Status?.Phase is MachinePhase.Stopped or MachinePhase.Failed)) return null;
        return ("MachineStopped", "given up, because the machine is to be stopped");
    }

    private static (string Why, string Because)? Broken(MachineMigration move, MachineMigrationStatus status, VirtualMachine? machine, MoveView view)
    {
        if (machine is null) return ("MachineGone", "the machine is gone");
        var begun = status.TargetNode is not null;
        if (begun && (machine.Status?.NodeName != status.SourceNode || (machine.Status?.RunGeneration ?? 0) != status.RunGeneration))
            return ("MachineRebound", $"the machine has been bound anew, to node `{machine.Status?.NodeName}`");
        if (status.Target is { State: MigrationState.Failed } target) return ("TargetFailed", $"node `{status.TargetNode}`: {target.Message ?? "it does not say why"}");
        if (status.Source is { State: MigrationState.Failed } source) return ("SourceFailed", $"node `{status.SourceNode}`: {source.Message ?? "it does not say why"}");
        var staying = begun ? MigrationMarks.StaysOnHost(move) : MigrationMarks.IsOfDisks(move.Spec, machine.Status?.NodeName);
        if (!begun && !staying && machine.Status?.Phase is MachinePhase.Stopped or MachinePhase.Failed or MachinePhase.Paused) return ("MachineNotRunning", $"the machine is in phase `{machine.Status!.Phase}`: only what runs is moved; {(machine.Status.Phase == MachinePhase.Paused ? "resume" : "start")} it first");
        if (!begun && view.Source != HostStanding.Ready) return ("SourceLost", $"node `{machine.Status?.NodeName}`, which the machine is on, gives no sign of life");
        // A host that keeps the machine is waited for, as a source is.
        if (begun && !staying && view.Target != HostStanding.Ready) return ("TargetLost", view.Target == HostStanding.Gone ? $"node `{status.TargetNode}` has left the cluster" : $"node `{status.TargetNode}` gives no sign of life or is not ready");
        // A source that is lost may come back, and nobody else may have its machine before: only time ends this.
        return view.Now >= Deadline(move) ? ("Timeout", string.Create(CultureInfo.InvariantCulture, $"not done within {move.Spec.TimeoutSeconds ?? UsualTimeout} s: {Stuck(status)}")) : null;
    }

    private static string Stuck(MachineMigrationStatus status) => status.TargetNode is null
        ? "the machine did not run"
        : $"node `{status.SourceNode}` said `{status.Source?.State ?? "nothing"}`, node `{status.TargetNode}` said `{status.Target?.State ?? "nothing"}`";

    private static MachineMigrationStatus Begin(MachineMigration move, MachineMigrationStatus status, VirtualMachine machine, MoveView view)
    {
        if (MigrationMarks.IsOfDisks(move.Spec, machine.Status?.NodeName)) return BeginDisks(move, status, machine, view);
        if (machine.Status?.Phase != MachinePhase.Running) return Said(status, MigrationPhase.Pending, "MachineNotRunning", $"waits until the machine runs (`{machine.Status?.Phase}` now)");
        var target = view.Choose(machine);
        if (target.Node is null) return End(status, MigrationPhase.Failed, target.Reason, target.Message, view.Now);
        return Said(status, MigrationPhase.Preparing, target.Reason, target.Message) with
        {
            StartedAt = view.Now, SourceNode = machine.Status.NodeName, TargetNode = target.Node, RunGeneration = machine.Status.RunGeneration ?? 0,
        };
    }

    private static MachineMigrationStatus BeginDisks(MachineMigration move, MachineMigrationStatus status, VirtualMachine machine, MoveView view) => machine.Status?.Phase switch
    {
        MachinePhase.Running or MachinePhase.Paused or MachinePhase.Stopped or MachinePhase.Failed when view.Crowded(machine) is { } why => End(status, MigrationPhase.Failed, "NoRoom", $"node `{machine.Status!.NodeName}` {why}", view.Now),
        MachinePhase.Running or MachinePhase.Paused or MachinePhase.Stopped or MachinePhase.Failed => Said(status, MigrationPhase.Preparing, "PoolsChosen", $"{Disks(move)} on node `{machine.Status!.NodeName}`, where the machine stays") with
        {
            StartedAt = view.Now, SourceNode = machine.Status.NodeName, TargetNode = machine.Status.NodeName, RunGeneration = machine.Status.RunGeneration ?? 0,
        },
        var phase => Said(status, MigrationPhase.Pending, "MachineUnsettled", $"waits until the machine runs or is stopped (`{phase}` now)"),
    };

    private static string Disks(MachineMigration move) => string.Join(", ", (move.Spec.Volumes ?? []).Select(volume => $"volume `{volume.Name}` to pool `{volume.Pool}`"));

    // Behind `Sent` comes the commit, which changes the same key: a word in between would have it made twice while the guest stands still.
    private static MachineMigrationStatus Progress(MachineMigration move, MachineMigrationStatus status, MoveView view) => (status.Phase, status.Source?.State) switch
    {
        (MigrationPhase.Preparing or MigrationPhase.Transferring, MigrationState.Sent) when MigrationMarks.StaysOnHost(move) =>
            Said(status, MigrationPhase.Switching, "DisksWhole", "all that the guest writes is in both pools; the new ones take over"),
        (MigrationPhase.Preparing, MigrationState.Transferring) when MigrationMarks.StaysOnHost(move) => Said(status, MigrationPhase.Transferring, "Sending", Disks(move)),
        (MigrationPhase.Preparing or MigrationPhase.Transferring, MigrationState.Sent) when !view.CommitOverdue => status,
        (MigrationPhase.Preparing or MigrationPhase.Transferring, MigrationState.Paused or MigrationState.Sent) => Said(status, MigrationPhase.Switching, "GuestStands", "the guest stands still while the last of it is sent"),
        (MigrationPhase.Preparing, MigrationState.Transferring) => Said(status, MigrationPhase.Transferring, "Sending", $"memory and disks are sent to node `{status.TargetNode}`; the guest runs"),
        _ => status,
    };

    private static MachineMigrationStatus Onwards(MachineMigration move, MachineMigrationStatus status, VirtualMachine? machine, MoveView view)
    {
        var (source, target) = (status.SourceNode, status.TargetNode);
        if (MigrationMarks.StaysOnHost(move))
        {
            // The node that keeps the machine goes on with it, whenever it is back: nobody else has anything of it.
            return status.Source?.State == MigrationState.Released || view.Source == HostStanding.Gone || machine is null
                ? End(status, MigrationPhase.Completed, "Moved", $"done: {Disks(move)}", view.Now)
                : Said(status, MigrationPhase.Switching, MigrationMarks.Committed, $"{Disks(move)}: node `{source}` takes them over and removes what is left in the old ones{(status.Source?.Message is { } trouble ? $" ({trouble})" : "")}");
        }

        // What was bound anew or deleted since is another's to look after.
        var settled = status.Target?.State == MigrationState.Running || machine is null || machine.Metadata.DeletionTimestamp is not null
            || machine.Spec.PowerState == PowerState.Stopped || machine.Status?.NodeName != target || machine.Status?.RunGeneration != status.RunGeneration + 1;
        if (settled && status.Source?.State == MigrationState.Released) return End(status, MigrationPhase.Completed, "Moved", $"the machine runs on node `{target}`", view.Now);
        if (settled && view.Source == HostStanding.Gone) return End(status, MigrationPhase.Completed, "Moved", $"the machine runs on node `{target}`; node `{source}` has left the cluster", view.Now);
        // However well the source says it is: its word alone must not keep the machine from moving again, nor room from others.
        if (settled && view.Now >= Deadline(move))
        {
            return view.Source == HostStanding.Lost
                ? End(status, MigrationPhase.Completed, "SourceLost", $"the machine runs on node `{target}`; node `{source}` gives no sign of life and removes what is left there when it is back", view.Now)
                : End(status, MigrationPhase.Completed, "SourceSilent", $"the machine runs on node `{target}`; node `{source}` has not said that it removed what was left there: look into its agent's log", view.Now);
        }

        return Said(status, MigrationPhase.Switching, MigrationMarks.Committed, settled ? $"the machine runs on node `{target}`; node `{source}` removes what is left there" : $"the machine belongs to node `{target}`, which is about to let it run");
    }

    private static MachineMigrationStatus Said(MachineMigrationStatus status, string phase, string reason, string message) => status with { Phase = phase, Reason = reason, Message = message };

    private static MachineMigrationStatus End(MachineMigrationStatus status, string phase, string reason, string message, DateTimeOffset now) => Said(status, phase, reason, message) with { CompletedAt = now };
}

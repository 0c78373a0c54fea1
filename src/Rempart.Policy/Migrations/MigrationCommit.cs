using System.Globalization;
using Rempart.Api.Compute;

namespace Rempart.Policy.Migrations;

/// <summary>
/// The point of no return of a move. Before it the machine is the source's, behind it the target's. Whoever carries the verdict out must do so
/// in one commit with the machine and the move as they were judged: then a move that is given up and one that is committed exclude each other.
/// </summary>
public static class MigrationCommit
{
    /// <summary>Judges a request to commit.</summary>
    /// <param name="node">The node that asks; null when the caller is none.</param>
    /// <param name="asked">What it asks for; <see cref="MachineBinding.Migration"/> is set.</param>
    /// <param name="machine">The machine as it is.</param>
    /// <param name="migration">The move as it is; null when there is none of that name.</param>
    public static CommitVerdict Judge(string? node, MachineBinding asked, VirtualMachine machine, MachineMigration? migration)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(machine);
        if (node is null || node != asked.NodeName) return Forbidden($"a move is committed by its target: only node `{asked.NodeName}` may ask for this");
        if (migration is null || migration.Metadata.Uid != asked.MigrationUid) return Conflict($"machinemigration `{asked.Migration}` with uid `{asked.MigrationUid}` is not there any more");
        var status = migration.Status ?? new MachineMigrationStatus();
        if (migration.Spec.Machine != machine.Metadata.Name || status.MachineUid != machine.Metadata.Uid) return Conflict($"machinemigration `{asked.Migration}` is about another machine");
        if (status.TargetNode != node) return Forbidden($"machinemigration `{asked.Migration}` leads to node `{status.TargetNode}`, not to node `{node}`");
        if (status.RunGeneration != asked.RunGeneration) return Conflict(Number($"machinemigration `{asked.Migration}` began at run generation {status.RunGeneration}, not {asked.RunGeneration}"));
        var (holder, run) = (machine.Status?.NodeName, machine.Status?.RunGeneration ?? 0);
        if (MigrationMarks.IsCommitted(migration))
        {
            return holder == node && run == asked.RunGeneration + 1
                ? new CommitVerdict(CommitStep.Done, "")
                : Conflict(Number($"the move was committed before, and the machine has been bound anew since: it is on node `{holder}` at run generation {run}"));
        }

        if (GivenUp(migration) is { } over) return Conflict(over);
        if (machine.Metadata.DeletionTimestamp is not null) return Conflict("the machine is being deleted");
        if (machine.Spec.PowerState == PowerState.Stopped && !MigrationMarks.StaysOnHost(migration)) return Conflict("the machine is to be stopped");
        // The target can have all that its QEMU needs and the source's still fail at the last of it, and let its guest go on.
        if (status.Source?.State != MigrationState.Sent) return Conflict($"node `{status.SourceNode}` has not said that all was sent and its guest stands still for good; it says `{status.Source?.State ?? "nothing"}`");
        return holder == status.SourceNode && run == asked.RunGeneration
            ? new CommitVerdict(CommitStep.Commit, "")
            : Conflict(Number($"the machine is on node `{holder}` at run generation {run}, and the move began on node `{status.SourceNode}` at {asked.RunGeneration}"));
    }

    private static string? GivenUp(MachineMigration migration)
    {
        if (MigrationPhase.IsEnded(migration.Status?.Phase)) return $"the move is over: {migration.Status!.Phase}";
        if (migration.Spec.Cancel == true) return "the move is being given up";
        return migration.Metadata.DeletionTimestamp is null ? null : "the move is being deleted";
    }

    private static CommitVerdict Forbidden(string why) => new(CommitStep.Forbidden, why);

    private static CommitVerdict Conflict(string why) => new(CommitStep.Conflict, why);

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

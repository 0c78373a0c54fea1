using Rempart.Api.Compute;

namespace Rempart.Policy.Authorization;

/// <summary>Which hosts take part in which moves. Not safe for use by many threads.</summary>
/// <param name="time">The clock.</param>
internal sealed class MigrationParties(TimeProvider time)
{
    /// <summary>How long the source may read behind the commit, to tidy up. What it says itself does not lengthen that.</summary>
    private static readonly TimeSpan Tidying = TimeSpan.FromMinutes(10);

    private readonly Dictionary<ObjectId, Move> moves = [];
    private readonly Dictionary<ObjectId, HashSet<ObjectId>> active = [];

    /// <summary>Takes in a move as it is now.</summary>
    public void Put(ObjectId id, MachineMigration migration)
    {
        Remove(id);
        if (migration.Status is not { TargetNode: { Length: > 0 } target } status) return;
        var machine = new ObjectId("virtualmachines", id.Namespace, migration.Spec.Machine);
        var committed = status.Conditions?.FirstOrDefault(condition => condition is { Type: MigrationMarks.Committed, Status: "True" });
        moves[id] = new Move(machine, status.SourceNode ?? "", target, committed is null ? null : committed.LastTransitionTime ?? DateTimeOffset.MinValue);
        if (MigrationPhase.IsEnded(status.Phase)) return;
        if (!active.TryGetValue(machine, out var ofMachine)) active[machine] = ofMachine = [];
        ofMachine.Add(id);
    }

    /// <summary>Forgets a move.</summary>
    public void Remove(ObjectId id)
    {
        if (!moves.Remove(id, out var move) || !active.TryGetValue(move.Machine, out var ofMachine)) return;
        ofMachine.Remove(id);
        if (ofMachine.Count == 0) active.Remove(move.Machine);
    }

    /// <summary>Whether a host is or was a party of a move.</summary>
    public bool Has(ObjectId id, string node) => moves.TryGetValue(id, out var move) && (move.Source == node || move.Target == node);

    /// <summary>Whether a host is the target of an active move of a machine, or its source, which it is until shortly behind the commit.</summary>
    public bool Takes(ObjectId machine, string node) => active.TryGetValue(machine, out var ofMachine)
        && ofMachine.Any(id => moves[id] is var move && (move.Target == node || (move.Source == node && (move.CommittedAt is not { } at || time.GetUtcNow() - at < Tidying))));

    /// <summary>Whether a host is the target of an active move of a machine.</summary>
    public bool IsTarget(ObjectId machine, string node) => active.TryGetValue(machine, out var ofMachine) && ofMachine.Any(id => moves[id].Target == node);

    private readonly record struct Move(ObjectId Machine, string Source, string Target, DateTimeOffset? CommittedAt);
}

using Rempart.Api.Compute;

namespace Rempart.Controllers.Migration;

/// <summary>How long moves that are over are kept.</summary>
internal static class MoveHistory
{
    private const int Most = 10;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    // Of hosts that are to tidy up. What they have noted themselves they remove though nobody asks any more.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>When a move that is over is removed: now or earlier for one that is too many.</summary>
    /// <param name="move">The move.</param>
    /// <param name="ofMachine">All moves of its machine.</param>
    public static DateTimeOffset Due(MachineMigration move, IEnumerable<MachineMigration> ofMachine)
    {
        var newer = ofMachine.Count(other => MigrationPhase.IsEnded(other.Status?.Phase) && Order(other).CompareTo(Order(move)) > 0);
        return newer >= Most ? DateTimeOffset.MinValue : Ended(move) + Longest;
    }

    /// <summary>Whether a move that is over and being deleted still stands for something on a host.</summary>
    /// <param name="move">The move.</param>
    /// <param name="source">How its source is.</param>
    /// <param name="target">How its target is.</param>
    /// <param name="now">The time.</param>
    public static bool IsHeld(MachineMigration move, HostStanding source, HostStanding target, DateTimeOffset now)
    {
        var status = move.Status ?? new();
        if (status.Phase is not (MigrationPhase.Failed or MigrationPhase.Canceled) || now >= Ended(move) + Patience) return false;
        return (status.Target is { State: not MigrationState.Released } && target != HostStanding.Gone)
            || (status.Source is { State: not (MigrationState.Resumed or MigrationState.Released) } && source != HostStanding.Gone);
    }

    private static DateTimeOffset Ended(MachineMigration move) => move.Status?.CompletedAt ?? move.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;

    private static (DateTimeOffset, string) Order(MachineMigration move) => (Ended(move), move.Metadata.Uid ?? "");
}

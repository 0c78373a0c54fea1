namespace Rempart.Store;

/// <summary>Part of a range as of one revision.</summary>
/// <param name="Entries">In key order.</param>
/// <param name="Revision">The snapshot: pass it to read the following pages of the same moment.</param>
/// <param name="RemainingCount">How many entries of the range follow at that revision.</param>
public sealed record StorePage(IReadOnlyList<StoreEntry> Entries, long Revision, long RemainingCount)
{
    /// <summary>Whether entries follow.</summary>
    public bool More => RemainingCount > 0;
}

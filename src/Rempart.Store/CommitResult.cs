using System.Diagnostics.CodeAnalysis;

namespace Rempart.Store;

/// <summary>Either a revision, or every key that stood in the way.</summary>
public sealed class CommitResult
{
    private CommitResult(long revision, IReadOnlyList<StoreConflict>? conflicts)
    {
        Revision = revision;
        Conflicts = conflicts;
    }

    /// <summary>The revision of all the writes; 0 if there were conflicts.</summary>
    public long Revision { get; }

    /// <summary>The keys that were not at their expected revision, in the order of the writes; null if the writes were committed.</summary>
    public IReadOnlyList<StoreConflict>? Conflicts { get; }

    /// <summary>Whether the writes were committed.</summary>
    [MemberNotNullWhen(false, nameof(Conflicts))]
    public bool IsCommitted => Conflicts is null;

    public static CommitResult Committed(long revision) => new(revision, conflicts: null);

    public static CommitResult Conflicted(IReadOnlyList<StoreConflict> conflicts) => new(0, conflicts);
}

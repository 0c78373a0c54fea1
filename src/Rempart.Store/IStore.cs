namespace Rempart.Store;

/// <summary>
/// Keys and bytes under one line of revisions: everything that Rempart knows is kept through this contract.
/// </summary>
/// <remarks>
/// <para>Linearizable: what a finished call has seen or written, every call begun later sees. A commit gives all its keys one
/// revision. Revisions rise strictly, may leave gaps and are never issued twice, not after a crash, nor after the newest key was
/// deleted and compacted away. An empty store is at revision 1, so that 0 can mean "latest" and "must not exist".</para>
/// <para>Keys are printable ASCII (0x20 to 0x7E), so that ordinal order, byte order and every engine's collation are the same.</para>
/// <para>Every member throws <see cref="OperationCanceledException"/> when cancelled and <see cref="StoreUnavailableException"/>
/// when the engine can't answer. Implementations are safe for use by many threads.</para>
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>The newest revision and the oldest one that can still be read.</summary>
    ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken);

    /// <summary>The newest value of a key, or null if it does not exist.</summary>
    ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// The entries of a range in key order as of one revision. A page ends after <paramref name="limit"/> entries or
    /// <see cref="StoreLimits.PageBytes"/> of values, whichever comes first, but holds at least one entry when there is one; go on with
    /// <see cref="StoreRange.After"/> the last key at the page's revision.
    /// </summary>
    /// <param name="range">Which keys.</param>
    /// <param name="limit">Entries, 1 to <see cref="StoreLimits.PageEntries"/>.</param>
    /// <param name="revision">The snapshot to read, 0 for the latest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreCompactedException"><paramref name="revision"/> is below the compacted revision.</exception>
    /// <exception cref="StoreFutureRevisionException"><paramref name="revision"/> was not issued yet.</exception>
    ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken);

    /// <summary>
    /// Writes 1 to <see cref="StoreLimits.CommitWrites"/> distinct keys, all or none, if each is at its expected revision. When it
    /// returns a revision the writes are durable and every open watch has them queued. Keys that are only checked
    /// (<see cref="StoreWrite.Check"/>) keep value and revision, and no watch hears of them.
    /// </summary>
    /// <remarks>
    /// The store keeps the values' memory: callers must not change it afterwards. Cancellation is heeded only until the engine takes
    /// the writes: <see cref="OperationCanceledException"/> means that nothing was written. After
    /// <see cref="StoreUnavailableException"/> the outcome is unknown: read again.
    /// </remarks>
    /// <exception cref="StoreLimitException">A key or value is too large or a key has a character that is not allowed.</exception>
    ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken);

    /// <summary>
    /// All changes of the keys that begin with <paramref name="prefix"/> after a revision, in order, whole revisions at a time, without
    /// end. The first batch comes at once, empty if there is nothing to tell; later ones when there are changes, and an empty one
    /// now and then when only other keys changed.
    /// </summary>
    /// <exception cref="StoreCompactedException"><paramref name="afterRevision"/> is below the compacted revision: list again.</exception>
    /// <exception cref="StoreFutureRevisionException"><paramref name="afterRevision"/> was not issued yet.</exception>
    /// <exception cref="StoreWatchOverflowException">The reader is too slow: watch again after the last batch's revision.</exception>
    IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken);

    /// <summary>
    /// Makes every open watch that has not told of the revision that is current now do so at once, by an empty batch if need be. A cache
    /// that must be as fresh as <see cref="CurrentAsync"/> asks for this instead of waiting for the next change.
    /// </summary>
    ValueTask RequestProgressAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Forgets what only revisions below <paramref name="revision"/> can show; that revision itself stays readable. Returns when the
    /// space is free for use. Does nothing if it was compacted that far already.
    /// </summary>
    /// <exception cref="StoreFutureRevisionException"><paramref name="revision"/> was not issued yet.</exception>
    ValueTask CompactAsync(long revision, CancellationToken cancellationToken);
}

using Rempart.Store;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>One server's way to a store that others have too: it stays open when the server ends, and a commit can be held up.</summary>
internal sealed class SharedStore(IStore inner) : IStore
{
    /// <summary>Awaited before each commit.</summary>
    public Func<IReadOnlyList<StoreWrite>, Task>? Before { get; set; }

    public ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken) => inner.CurrentAsync(cancellationToken);

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken) => inner.ListAsync(range, limit, revision, cancellationToken);

    public async ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken)
    {
        if (Before is { } before) await before(writes);
        return await inner.CommitAsync(writes, cancellationToken);
    }

    public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) => inner.WatchAsync(prefix, afterRevision, cancellationToken);

    public ValueTask RequestProgressAsync(CancellationToken cancellationToken) => inner.RequestProgressAsync(cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => inner.CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

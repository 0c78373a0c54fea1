using Rempart.Store;

namespace Rempart.ApiServer.Tests.Registry;

/// <summary>A store that counts how often it is asked for lists.</summary>
internal sealed class CountingStore(IStore inner) : IStore
{
    private int _lists;

    public int Lists => Volatile.Read(ref _lists);

    public ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken) => inner.CurrentAsync(cancellationToken);

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        return inner.ListAsync(range, limit, revision, cancellationToken);
    }

    public ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken) => inner.CommitAsync(writes, cancellationToken);

    public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) => inner.WatchAsync(prefix, afterRevision, cancellationToken);

    public ValueTask RequestProgressAsync(CancellationToken cancellationToken) => inner.RequestProgressAsync(cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => inner.CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

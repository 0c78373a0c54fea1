namespace Rempart.Store.Transfer;

/// <summary>A store that is being filled. Nobody can use it as a store before it is finished.</summary>
public interface IStoreTarget : IAsyncDisposable
{
    /// <summary>The last key that an earlier try has written; empty if there is none.</summary>
    ValueTask<string> LastKeyAsync(CancellationToken cancellationToken);

    /// <summary>Adds entries behind the last key, in key order; durable when it returns.</summary>
    ValueTask WriteAsync(IReadOnlyList<StoreEntry> entries, CancellationToken cancellationToken);

    /// <summary>What was written, in key order.</summary>
    IAsyncEnumerable<StoreEntry> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Makes it a store.</summary>
    ValueTask FinishAsync(CancellationToken cancellationToken);
}

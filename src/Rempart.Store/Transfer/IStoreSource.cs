namespace Rempart.Store.Transfer;

/// <summary>A store, or a copy of one, as of one revision: what a transfer reads. It may be read more than once and tells the same each time.</summary>
public interface IStoreSource : IAsyncDisposable
{
    /// <summary>Which store at which revision: a transfer that was cut off goes on only with the same.</summary>
    string Identity { get; }

    /// <summary>The highest revision that it is known to have issued.</summary>
    long Revision { get; }

    /// <summary>How many entries there are.</summary>
    long Count { get; }

    /// <summary>The entries in key order.</summary>
    /// <param name="after">Only those behind this key; empty for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IAsyncEnumerable<StoreEntry> ReadAsync(string after, CancellationToken cancellationToken);

    /// <summary>Makes sure, before the copy becomes the store, that nobody has written to a source that was taken for a move.</summary>
    /// <exception cref="TransferException">Somebody has.</exception>
    ValueTask CheckAsync(CancellationToken cancellationToken);
}

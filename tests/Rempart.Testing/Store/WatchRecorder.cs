using Rempart.Store;
using Xunit;

namespace Rempart.Testing.Store;

/// <summary>Reads a watch as a test asks for it and checks what every watch promises.</summary>
public sealed class WatchRecorder : IAsyncDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly IStore _store;
    private readonly IAsyncEnumerator<StoreBatch> _batches;

    public WatchRecorder(IStore store, string prefix, long afterRevision)
    {
        _store = store;
        _batches = store.WatchAsync(prefix, afterRevision, _limit.Token).GetAsyncEnumerator(_limit.Token);
        Revision = afterRevision;
    }

    /// <summary>Everything told so far.</summary>
    public List<StoreEvent> Events { get; } = [];

    /// <summary>What the last batch said.</summary>
    public long Revision { get; private set; }

    public int Batches { get; private set; }

    public string Shown => string.Join(' ', Events.Select(StoreCalls.Show));

    /// <summary>Reads one batch.</summary>
    public async Task<StoreBatch> NextAsync()
    {
        Assert.True(await _batches.MoveNextAsync(), "a watch never ends by itself");
        var batch = _batches.Current;
        Assert.All(batch.Events, change => Assert.InRange(change.Revision, Revision + 1, batch.Revision));
        Assert.Equal(batch.Events.Select(change => change.Revision).Order(), batch.Events.Select(change => change.Revision));
        Assert.True(batch.Revision > Revision || Batches == 0, "a batch that tells nothing new");
        Batches++;
        Events.AddRange(batch.Events);
        Revision = batch.Revision;
        return batch;
    }

    /// <summary>Reads until the watch is as current as the store is now.</summary>
    public async Task CatchUpAsync()
    {
        var current = await _store.RevisionAsync();
        if (Batches == 0)
        {
            await NextAsync();
        }

        await _store.RequestProgressAsync(_limit.Token);
        while (Revision < current)
        {
            await NextAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _limit.CancelAsync();
        await _batches.DisposeAsync();
        _limit.Dispose();
    }
}

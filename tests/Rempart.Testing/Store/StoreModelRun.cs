using Rempart.Store;
using Rempart.Store.Memory;
using Xunit;

namespace Rempart.Testing.Store;

/// <summary>
/// A store and the model side by side. Each number is a command; its digits choose the operation and its arguments from few keys and
/// revisions, so that sequences meet themselves often and shrink well.
/// </summary>
internal sealed class StoreModelRun : IAsyncDisposable
{
    private static readonly string[] _keys = ["a", "a/", "a/1", "a/2", "a0", "b/1", "b/2", "c"];
    private static readonly string[] _prefixes = ["", "a", "a/", "b/", "zz"];

    private readonly StoreHarness _harness;
    private readonly MemoryStore _model;

    /// <summary>The store's revision for each of the model's: the store may leave gaps.</summary>
    private readonly List<long> _revisions = [0, 1];
    private IStore _store;
    private (WatchRecorder Store, WatchRecorder Model) _watch = (null!, null!);
    private int _digits;
    private int _writes;

    public StoreModelRun(StoreHarness harness, MemoryStore model, IStore store)
    {
        (_harness, _model, _store) = (harness, model, store);
    }

    private long ModelRevision => _revisions.Count - 1;

    public Task StartAsync() => WatchAsync(1, 1);

    public async Task StepAsync(int number)
    {
        _digits = number;
        await (Next(16) switch
        {
            < 8 => CommitAsync(),
            8 => GetAsync(),
            9 or 10 => ListAsync(),
            11 => CompactAsync(),
            12 or 13 => ReplayAsync(),
            14 => CompareWatchAsync(),
            _ => ReopenAsync(),
        });
    }

    public async Task FinishAsync()
    {
        await CompareWatchAsync();
        await ReopenAsync();
        Assert.Equal(Mapped(await _model.ListAsync(StoreRange.All)), (await _store.ListAsync(StoreRange.All)).Show());
        Assert.Equal(_revisions[^1], await _store.RevisionAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.Store.DisposeAsync();
        await _watch.Model.DisposeAsync();
        await _store.DisposeAsync();
    }

    private async Task CommitAsync()
    {
        var ofModel = new List<StoreWrite>();
        var ofStore = new List<StoreWrite>();
        for (var count = 1 + Next(3); count > 0; count--)
        {
            var key = _keys[Next(_keys.Length)];
            if (ofModel.Exists(write => write.Key == key))
            {
                continue;
            }

            // Mostly what is there, else something that was there or never was.
            var current = (await _model.GetAsync(key))?.ModRevision ?? 0;
            var expected = Next(8) == 0 ? Next((int)ModelRevision + 1) : current;
            var value = expected > 0 && Next(3) == 0 ? null : (ReadOnlyMemory<byte>?)"v"u8.ToArray().Append((byte)('0' + (_writes++ % 10))).ToArray();
            if (ofModel.Exists(write => !write.IsCheck) && Next(4) == 0)
            {
                ofModel.Add(StoreWrite.Check(key, expected));
                ofStore.Add(StoreWrite.Check(key, _revisions[(int)expected]));
                continue;
            }

            ofModel.Add(new StoreWrite(key, value, expected));
            ofStore.Add(new StoreWrite(key, value, _revisions[(int)expected]));
        }

        var wanted = await _model.CommitAsync(ofModel, default);
        var result = await _store.CommitAsync(ofStore, default);
        Assert.Equal(wanted.IsCommitted, result.IsCommitted);
        if (wanted.IsCommitted)
        {
            Assert.True(result.Revision > _revisions[^1], "revisions rise");
            _revisions.Add(result.Revision);
        }
        else
        {
            Assert.Equal(
                wanted.Conflicts.Select(c => $"{c.Key} {_revisions[(int)c.ExpectedRevision]} {Mapped(c.Current)}"),
                result.Conflicts!.Select(c => $"{c.Key} {c.ExpectedRevision} {c.Current.Show()}"));
        }
    }

    private async Task GetAsync()
    {
        var key = _keys[Next(_keys.Length)];
        Assert.Equal(Mapped(await _model.GetAsync(key)), (await _store.GetAsync(key)).Show());
    }

    private async Task ListAsync()
    {
        var range = Next(2) == 0 ? StoreRange.Prefix(_prefixes[Next(_prefixes.Length)]) : new StoreRange(_keys[Next(_keys.Length)], _keys[Next(_keys.Length)]);
        var limit = 1 + Next(5);
        var revision = Next((int)ModelRevision + 1);
        var wanted = await TryAsync(() => _model.ListAsync(range, limit, revision, default));
        var page = await TryAsync(() => _store.ListAsync(range, limit, _revisions[revision], default));
        Assert.Equal(wanted is null ? null : Mapped(wanted), page?.Show());
        Assert.Equal((wanted?.RemainingCount, wanted is null ? 0 : _revisions[(int)wanted.Revision]), (page?.RemainingCount, page?.Revision ?? 0));
    }

    private async Task CompactAsync()
    {
        // Often a little behind, as a real compaction is.
        var revision = Math.Max(1, (int)ModelRevision - Next(6));
        await _model.CompactAsync(revision, default);
        await _store.CompactAsync(_revisions[revision], default);
        Assert.Equal(_revisions[(int)(await _model.CurrentAsync(default)).CompactedRevision], (await _store.CurrentAsync(default)).CompactedRevision);
    }

    private async Task ReplayAsync()
    {
        var prefix = _prefixes[Next(_prefixes.Length)];
        var after = Next((int)ModelRevision + 1);
        await using var model = new WatchRecorder(_model, prefix, after);
        await using var store = new WatchRecorder(_store, prefix, _revisions[after]);
        var wanted = await TryAsync(async () => { await model.CatchUpAsync(); return Mapped(model.Events); });
        var told = await TryAsync(async () => { await store.CatchUpAsync(); return store.Shown; });
        Assert.Equal(wanted, told);
    }

    private async Task CompareWatchAsync()
    {
        await _watch.Model.CatchUpAsync();
        await _watch.Store.CatchUpAsync();
        Assert.Equal(Mapped(_watch.Model.Events), _watch.Store.Shown);
        Assert.Equal(_revisions[^1], _watch.Store.Revision);
    }

    private async Task ReopenAsync()
    {
        if (!_harness.IsDurable)
        {
            return;
        }

        var before = await _store.CurrentAsync(default);
        await CompareWatchAsync();
        await _watch.Store.DisposeAsync();
        await _watch.Model.DisposeAsync();
        await _store.DisposeAsync();
        _store = await _harness.OpenAsync(CancellationToken.None);
        Assert.Equal(before, await _store.CurrentAsync(default));
        await WatchAsync(before.Revision, ModelRevision);
    }

    private async Task WatchAsync(long store, long model)
    {
        _watch = (new WatchRecorder(_store, "a", store), new WatchRecorder(_model, "a", model));
        // A watch begins with its first read.
        await CompareWatchAsync();
    }

    private static async Task<T?> TryAsync<T>(Func<ValueTask<T>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (StoreCompactedException)
        {
            return null;
        }
    }

    private int Next(int choices)
    {
        (_digits, var choice) = Math.DivRem(_digits, choices);
        // Spent digits begin again from a mix of what is left, the same way in every run.
        _digits = _digits == 0 ? (choice * 7919) + 104_729 : _digits;
        return choice;
    }

    private string Mapped(StorePage page) => string.Join(' ', page.Entries.Select(Mapped));

    private string Mapped(IEnumerable<StoreEvent> events) => string.Join(' ', events.Select(change =>
        (change with { Revision = _revisions[(int)change.Revision], CreateRevision = _revisions[(int)change.CreateRevision] }).Show()));

    private string Mapped(StoreEntry? entry) => entry is null ? "none"
        : (entry with { ModRevision = _revisions[(int)entry.ModRevision], CreateRevision = _revisions[(int)entry.CreateRevision] }).Show();
}

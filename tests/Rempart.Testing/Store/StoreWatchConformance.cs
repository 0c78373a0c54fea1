using Rempart.Store;
using Xunit;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Testing.Store;

/// <summary>What every store must do with watches.</summary>
[Trait("level", "conformance")]
public abstract class StoreWatchConformance : StoreConformanceBase
{
    [Fact]
    public async Task The_first_batch_comes_at_once_even_when_there_is_nothing()
    {
        await using var watch = new WatchRecorder(Store, "", 1);
        Assert.Equal((0, 1L), ((await watch.NextAsync()).Events.Count, watch.Revision));
    }

    [Fact]
    public async Task The_past_and_the_present_join_without_gap_or_repeat()
    {
        var a = await Store.WriteAsync(Put("p/a", "1"));
        var b = await Store.WriteAsync(Put("p/b", "1"), Put("q/b", "1"));
        await using var watch = new WatchRecorder(Store, "p/", a);
        await watch.CatchUpAsync();
        var c = await Store.WriteAsync(Put("p/a", "2", a), Delete("p/b", b));
        await watch.CatchUpAsync();
        Assert.Equal($"p/b=1@{b}/{b} p/a=2@{c}/{a} p/b=deleted@{c}/{b}", watch.Shown);
        Assert.Equal(c, watch.Revision);
    }

    [Fact]
    public async Task A_commit_that_has_returned_is_in_the_next_batch()
    {
        await using var watch = new WatchRecorder(Store, "k", 1);
        await watch.NextAsync();
        for (var i = 0; i < 20; i++)
        {
            var revision = await Store.WriteAsync(Put($"k{i}", "1"));
            Assert.Equal(revision, Assert.Single((await watch.NextAsync()).Events).Revision);
        }
    }

    [Fact]
    public async Task A_watch_of_quiet_keys_tells_of_progress_when_asked()
    {
        await using var watch = new WatchRecorder(Store, "quiet/", 1);
        await watch.NextAsync();
        var revision = await Store.WriteAsync(Put("loud/a", "1"));
        await Store.RequestProgressAsync(default);
        var batch = await watch.NextAsync();
        Assert.Equal((0, revision), (batch.Events.Count, batch.Revision));
    }

    [Fact]
    public async Task A_watch_after_a_compacted_revision_is_refused_and_after_the_boundary_it_is_not()
    {
        var a = await Store.WriteAsync(Put("k", "1"));
        var b = await Store.WriteAsync(Put("k", "2", a));
        var c = await Store.WriteAsync(Put("k", "3", b));
        await Store.CompactAsync(b, default);
        await using var late = new WatchRecorder(Store, "", a);
        Assert.Equal(b, (await Assert.ThrowsAsync<StoreCompactedException>(late.NextAsync)).CompactedRevision);
        await using var early = new WatchRecorder(Store, "", b);
        await early.CatchUpAsync();
        Assert.Equal($"k=3@{c}/{a}", early.Shown);
    }

    [Fact]
    public async Task A_slow_watcher_is_told_to_begin_again_and_holds_up_nobody()
    {
        await using var slow = new WatchRecorder(Store, "", 1);
        await slow.NextAsync();
        await using var unconcerned = new WatchRecorder(Store, "other", 1);
        await unconcerned.NextAsync();
        for (var i = 0; i <= StoreLimits.WatchEvents; i += 1024)
        {
            await Task.WhenAll(Enumerable.Range(i, 1024).Chunk(8)
                .Select(keys => Store.WriteAsync([.. keys.Select(key => Put($"k{key}", "1"))])));
        }

        await Assert.ThrowsAsync<StoreWatchOverflowException>(slow.NextAsync);
        await unconcerned.CatchUpAsync();
        Assert.Empty(unconcerned.Events);
        await using var again = new WatchRecorder(Store, "", slow.Revision);
        await again.CatchUpAsync();
        Assert.Equal(StoreLimits.WatchEvents + 1024, again.Events.Count);
    }

    [Fact]
    public async Task Watches_opened_amid_writes_all_see_every_change_once()
    {
        const int keys = 400;
        var writing = Task.WhenAll(Enumerable.Range(0, keys).Select(async i => await Store.WriteAsync(Put($"k{i}", "1"))));
        var watches = new List<WatchRecorder>();
        while (!writing.IsCompleted || watches.Count == 0)
        {
            watches.Add(new WatchRecorder(Store, "k", 1));
            await watches[^1].NextAsync();
            await Task.Yield();
        }

        await writing;
        foreach (var watch in watches)
        {
            await watch.CatchUpAsync();
            Assert.Equal(keys, watch.Events.Count);
            Assert.Equal(keys, watch.Events.Select(change => change.Revision).Distinct().Count());
            await watch.DisposeAsync();
        }
    }
}

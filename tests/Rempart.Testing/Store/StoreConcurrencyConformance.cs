using System.Globalization;
using System.Text;
using Rempart.Store;
using Xunit;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Testing.Store;

/// <summary>What every store must do when many callers meet.</summary>
[Trait("level", "conformance")]
public abstract class StoreConcurrencyConformance : StoreConformanceBase
{
    [Fact]
    public async Task Writers_of_one_counter_lose_nothing()
    {
        const int writers = 16;
        const int each = 25;
        await Store.WriteAsync(Put("counter", "0"));
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                await IncrementAsync();
            }
        })));
        Assert.Equal(writers * each, Value(await Store.GetAsync("counter")));
    }

    [Fact]
    public async Task What_one_caller_has_seen_no_later_read_misses()
    {
        const int readers = 4;
        const int each = 20;
        await Store.WriteAsync(Put("counter", "0"));
        var reading = Task.WhenAll(Enumerable.Range(0, readers).Select(_ => Task.Run(async () =>
        {
            for (var (round, seen) = (0, 0L); round < each; round++)
            {
                var entry = await Store.GetAsync("counter");
                Assert.True(entry!.ModRevision >= seen, "an older value was read");
                Assert.True(await Store.RevisionAsync() >= entry.ModRevision, "the current revision is behind a value");
                var page = await Store.ListAsync(StoreRange.All);
                Assert.True(page.Entries[0].ModRevision >= entry.ModRevision, "an older list was read");
                seen = page.Entries[0].ModRevision;
                await using var watch = new WatchRecorder(Store, "", seen);
                await watch.NextAsync();
            }
        })));
        while (!reading.IsCompleted)
        {
            await IncrementAsync();
        }

        await reading;
    }

    [Fact]
    public async Task A_transfer_between_two_keys_is_never_seen_half_done()
    {
        await Store.WriteAsync(Put("a", "100"), Put("b", "0"));
        var writing = Task.Run(async () =>
        {
            for (var i = 1; i <= 100; i++)
            {
                var (a, b) = (await Store.GetAsync("a"), await Store.GetAsync("b"));
                await Store.WriteAsync(Put("a", Text(100 - i), a!.ModRevision), Put("b", Text(i), b!.ModRevision));
            }
        });
        await using var watch = new WatchRecorder(Store, "", 1);
        while (!writing.IsCompleted)
        {
            var page = await Store.ListAsync(StoreRange.All);
            Assert.Equal(100, page.Entries.Sum(Value));
            Assert.Equal(page.Entries[0].ModRevision, page.Entries[1].ModRevision);
            await watch.CatchUpAsync();
            Assert.All(watch.Events.GroupBy(change => change.Revision), both => Assert.Equal(2, both.Count()));
        }

        await writing;
    }

    [Fact]
    public async Task Compaction_amid_writes_and_reads_takes_nothing_that_is_needed()
    {
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var (i, revision) = (0, 0L); i < 100; i++)
            {
                revision = await Store.WriteAsync(Put($"k{writer}", Text(i), revision));
            }
        })));
        while (!writing.IsCompleted)
        {
            var page = await Store.ListAsync(StoreRange.All, 3, 0, default);
            await Store.CompactAsync(page.Revision, default);
            var again = await Store.ListAsync(StoreRange.All, 3, page.Revision, default);
            Assert.Equal(page.Show(), again.Show());
        }

        await writing;
        await Store.CompactAsync(await Store.RevisionAsync(), default);
        Assert.All((await Store.ListAsync(StoreRange.All)).Entries, entry => Assert.Equal(99, Value(entry)));
    }

    [Fact]
    public async Task A_commit_cancelled_in_the_crowd_is_done_wholly_or_not_at_all()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            using var cancel = new CancellationTokenSource();
            var commit = Store.CommitAsync([Put($"k{i}", "1")], cancel.Token).AsTask();
            await cancel.CancelAsync();
            try
            {
                return (await commit).IsCommitted;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        })));
        var found = (await Store.ListAsync(StoreRange.Prefix("k"))).Entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(outcomes.Select((_, i) => $"k{i}").Where((_, i) => outcomes[i]).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    private async Task IncrementAsync()
    {
        while (true)
        {
            var entry = await Store.GetAsync("counter");
            var result = await Store.CommitAsync([Put("counter", Text(Value(entry) + 1), entry!.ModRevision)], default);
            if (result.IsCommitted)
            {
                return;
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Value(StoreEntry? entry) => int.Parse(Encoding.UTF8.GetString(entry!.Value.Span), CultureInfo.InvariantCulture);
}

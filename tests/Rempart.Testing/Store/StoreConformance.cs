using Rempart.Store;
using Xunit;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Testing.Store;

/// <summary>What every store must do with commits, reads and compaction, told in single steps.</summary>
[Trait("level", "conformance")]
public abstract class StoreConformance : StoreConformanceBase
{
    [Fact]
    public async Task An_empty_store_is_at_revision_1_and_has_nothing()
    {
        var stamp = await Store.CurrentAsync(default);
        Assert.Equal((1, 1), (stamp.Revision, stamp.CompactedRevision));
        Assert.NotEmpty(stamp.Incarnation);
        Assert.Null(await Store.GetAsync("a"));
        Assert.Empty((await Store.ListAsync(StoreRange.All)).Entries);
    }

    [Fact]
    public async Task A_key_is_created_updated_deleted_and_created_anew()
    {
        var first = await Store.WriteAsync(Put("k", "1"));
        Assert.Equal($"k=1@{first}/{first}", (await Store.GetAsync("k")).Show());
        var second = await Store.WriteAsync(Put("k", "2", first));
        Assert.Equal($"k=2@{second}/{first}", (await Store.GetAsync("k")).Show());
        var third = await Store.WriteAsync(Delete("k", second));
        Assert.Null(await Store.GetAsync("k"));
        var fourth = await Store.WriteAsync(Put("k", "4"));
        Assert.Equal($"k=4@{fourth}/{fourth}", (await Store.GetAsync("k")).Show());
        Assert.True(1 < first && first < second && second < third && third < fourth, "revisions rise");
        Assert.Equal(fourth, await Store.RevisionAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue >> 3)]
    public async Task A_wrong_expectation_changes_nothing_and_shows_what_is_there(long expected)
    {
        var there = await Store.WriteAsync(Put("there", "1"));
        var result = await Store.CommitAsync([Put("new", "1"), Put("there", "2", expected), Put("missing", "3", 7)], default);
        Assert.False(result.IsCommitted);
        Assert.Equal(0, result.Revision);
        Assert.Equal(["there", "missing"], result.Conflicts.Select(c => c.Key));
        Assert.Equal([expected, 7], result.Conflicts.Select(c => c.ExpectedRevision));
        Assert.Equal([$"there=1@{there}/{there}", "none"], result.Conflicts.Select(c => c.Current.Show()));
        Assert.Null(await Store.GetAsync("new"));
        Assert.Equal(there, await Store.RevisionAsync());
    }

    [Fact]
    public async Task Eight_keys_are_written_in_one_revision()
    {
        var keys = Enumerable.Range(0, StoreLimits.CommitWrites).Select(i => $"k{i}").ToArray();
        var created = await Store.WriteAsync([.. keys.Select(key => Put(key, "1"))]);
        var page = await Store.ListAsync(StoreRange.Prefix("k"));
        Assert.Equal(keys, page.Entries.Select(e => e.Key));
        Assert.All(page.Entries, entry => Assert.Equal(created, entry.ModRevision));
        var changed = await Store.WriteAsync([.. keys.Select((key, i) => i % 2 == 0 ? Delete(key, created) : Put(key, "2", created))]);
        Assert.Equal(created + 1, changed);
        Assert.Equal(4, (await Store.ListAsync(StoreRange.Prefix("k"))).Entries.Count);
    }

    [Fact]
    public async Task A_key_that_is_only_checked_holds_up_the_others_and_stays_as_it_is()
    {
        var there = await Store.WriteAsync(Put("there", "1"));
        await using var watch = new WatchRecorder(Store, "", there);
        await watch.NextAsync();
        var written = await Store.WriteAsync(Put("new", "1"), StoreWrite.Check("there", there), StoreWrite.Check("missing", 0));
        Assert.Equal($"there=1@{there}/{there}", (await Store.GetAsync("there")).Show());
        Assert.Null(await Store.GetAsync("missing"));
        Assert.Equal([$"new=1@{written}/{written}"], (await watch.NextAsync()).Events.Select(change => change.Show()));

        foreach (var (check, current) in new[] { (StoreWrite.Check("there", 0), $"there=1@{there}/{there}"), (StoreWrite.Check("there", there + 1), $"there=1@{there}/{there}"), (StoreWrite.Check("missing", there), "none") })
        {
            var refused = await Store.CommitAsync([Delete("new", written), check], default);
            Assert.Equal((check.Key, check.ExpectedRevision, current), refused.Conflicts!.Select(c => (c.Key, c.ExpectedRevision, c.Current.Show())).Single());
        }

        Assert.Equal(written, await Store.RevisionAsync());
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync([StoreWrite.Check("there", there)], default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync([Put("there", "2", there), StoreWrite.Check("there", there)], default));
        await Assert.ThrowsAsync<StoreLimitException>(async () => await Store.CommitAsync([Put("k", "1"), StoreWrite.Check("", 0)], default));
    }

    [Fact]
    public async Task What_is_too_large_or_makes_no_sense_is_refused_with_a_reason()
    {
        var before = await Store.RevisionAsync();
        foreach (var writes in new StoreWrite[][]
        {
            [],
            [.. Enumerable.Range(0, StoreLimits.CommitWrites + 1).Select(i => Put($"k{i}", "1"))],
            [Put("", "1")],
            [Put(new string('k', StoreLimits.KeyBytes + 1), "1")],
            [Put("k", "")],
            [new StoreWrite("k", (byte[]?)null, 1)],
            [Put("é", "1")],
            [Put("a\nb", "1")],
            [new StoreWrite("k", new byte[StoreLimits.ValueBytes + 1], 0)],
        })
        {
            await Assert.ThrowsAsync<StoreLimitException>(async () => await Store.CommitAsync(writes, default));
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync([Put("k", "1"), Put("k", "2")], default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync([Delete("k", 0)], default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync([Put("k", "1", -1)], default));
        await Assert.ThrowsAsync<StoreLimitException>(async () => await Store.ListAsync(StoreRange.All, 0, 0, default));
        await Assert.ThrowsAsync<StoreLimitException>(async () => await Store.GetAsync("", default));
        Assert.Equal(before, await Store.RevisionAsync());
    }

    [Fact]
    public async Task The_largest_key_and_value_are_kept()
    {
        var key = new string('~', StoreLimits.KeyBytes);
        var value = new byte[StoreLimits.ValueBytes];
        new Span<byte>(value).Fill(0xA5);
        await Store.WriteAsync(new StoreWrite(key, value, 0));
        Assert.True((await Store.GetAsync(key))!.Value.Span.SequenceEqual(value));
        Assert.Equal(key, Assert.Single((await Store.ListAsync(StoreRange.Prefix(key))).Entries).Key);
    }

    [Fact]
    public async Task A_range_has_its_start_and_not_its_end_in_ordinal_order()
    {
        foreach (var key in new[] { "b", "a/~", "a", "a/", "a/b", "A", "a0", "a!" })
        {
            await Store.WriteAsync(Put(key, "1"));
        }

        async Task<string> KeysAsync(StoreRange range) => string.Join(' ', (await Store.ListAsync(range)).Entries.Select(e => e.Key));
        Assert.Equal("A a a! a/ a/b a/~ a0 b", await KeysAsync(StoreRange.All));
        Assert.Equal("a/ a/b a/~", await KeysAsync(StoreRange.Prefix("a/")));
        Assert.Equal("a a! a/", await KeysAsync(new StoreRange("a", "a/b")));
        Assert.Equal("a0 b", await KeysAsync(StoreRange.All.After("a/~")));
        Assert.Equal("", await KeysAsync(new StoreRange("b", "a")));
    }

    [Fact]
    public async Task Pages_show_one_moment_whatever_is_written_between_them()
    {
        foreach (var i in Enumerable.Range(0, 7))
        {
            await Store.WriteAsync(Put($"k{i}", "old"));
        }

        var first = await Store.ListAsync(StoreRange.Prefix("k"), 3, 0, default);
        Assert.Equal((3, 4L, true), (first.Entries.Count, first.RemainingCount, first.More));
        await Store.WriteAsync(Delete("k3", (await Store.GetAsync("k3"))!.ModRevision), Put("k35", "new"), Put("k4", "new", (await Store.GetAsync("k4"))!.ModRevision));
        var second = await Store.ListAsync(StoreRange.Prefix("k").After("k2"), 3, first.Revision, default);
        Assert.Equal(["k3", "k4", "k5"], second.Entries.Select(e => e.Key));
        Assert.DoesNotContain("new", second.Show());
        Assert.Equal((1L, first.Revision), (second.RemainingCount, second.Revision));
        var last = await Store.ListAsync(StoreRange.Prefix("k").After("k5"), 3, first.Revision, default);
        Assert.Equal((1, 0L, false), (last.Entries.Count, last.RemainingCount, last.More));
    }

    [Fact]
    public async Task A_page_ends_after_so_many_bytes_but_is_never_empty()
    {
        var value = new byte[StoreLimits.ValueBytes];
        var fit = StoreLimits.PageBytes / value.Length;
        for (var i = 0; i < fit + 2; i++)
        {
            await Store.WriteAsync(new StoreWrite($"k{i:D2}", value, 0));
        }

        var page = await Store.ListAsync(StoreRange.All);
        Assert.Equal((fit, 2L), (page.Entries.Count, page.RemainingCount));
    }

    [Fact]
    public async Task Compaction_forgets_the_past_and_nothing_else()
    {
        var a1 = await Store.WriteAsync(Put("a", "1"));
        var b1 = await Store.WriteAsync(Put("b", "1"));
        var a2 = await Store.WriteAsync(Put("a", "2", a1));
        var b2 = await Store.WriteAsync(Delete("b", b1));
        var a3 = await Store.WriteAsync(Put("a", "3", a2));
        await Store.CompactAsync(a2, default);
        Assert.Equal((a3, a2), ((await Store.CurrentAsync(default)).Revision, (await Store.CurrentAsync(default)).CompactedRevision));
        await Assert.ThrowsAsync<StoreCompactedException>(() => Store.ListAsync(StoreRange.All, b1));
        Assert.Equal($"a=2@{a2}/{a1} b=1@{b1}/{b1}", (await Store.ListAsync(StoreRange.All, a2)).Show());
        Assert.Equal($"a=2@{a2}/{a1}", (await Store.ListAsync(StoreRange.All, b2)).Show());
        Assert.Equal($"a=3@{a3}/{a1}", (await Store.ListAsync(StoreRange.All)).Show());
        await Store.CompactAsync(b1, default);
        Assert.Equal(a2, (await Store.CurrentAsync(default)).CompactedRevision);
    }

    [Fact]
    public async Task A_revision_is_not_issued_again_when_its_only_trace_is_compacted_away()
    {
        var created = await Store.WriteAsync(Put("a", "1"));
        var deleted = await Store.WriteAsync(Delete("a", created));
        await Store.CompactAsync(deleted, default);
        await ReopenAsync();
        Assert.Equal(deleted, await Store.RevisionAsync());
        Assert.True(await Store.WriteAsync(Put("a", "2")) > deleted);
    }

    [Fact]
    public async Task The_future_can_not_be_read_watched_or_compacted()
    {
        var next = await Store.RevisionAsync() + 1;
        await Assert.ThrowsAsync<StoreFutureRevisionException>(() => Store.ListAsync(StoreRange.All, next));
        await Assert.ThrowsAsync<StoreFutureRevisionException>(async () => await Store.CompactAsync(next, default));
        await using var watch = new WatchRecorder(Store, "", next);
        await Assert.ThrowsAsync<StoreFutureRevisionException>(watch.NextAsync);
    }

    [Fact]
    public async Task A_cancelled_commit_writes_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CommitAsync([Put("k", "1")], cancelled.Token));
        Assert.Null(await Store.GetAsync("k"));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        await using var watch = new WatchRecorder(Store, "", 1);
        await watch.NextAsync();
        await Store.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(watch.NextAsync);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Store.CommitAsync([Put("k", "1")], default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.GetAsync("k"));
        await Store.DisposeAsync();
    }
}

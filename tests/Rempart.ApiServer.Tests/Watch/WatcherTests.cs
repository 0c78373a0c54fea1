using System.Text;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Kinds;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Tests.Watch;

public sealed class WatcherTests
{
    private static readonly KindRegistration Maps = KindRegistrations.All.Single(r => r.Kind == KindInfo.Of<ConfigMap>());

    [Fact]
    public void A_reader_that_lets_too_many_bytes_wait_is_cut_off_behind_what_waits()
    {
        var cache = new KindCache(Maps, new EventWindow(), new WatchBounds(Bytes: 10_000));
        cache.Loaded(1);
        using var slow = cache.Watch(null, 1)!;
        using var quick = cache.Watch(null, 1)!;
        for (var revision = 2; revision < 20; revision++)
        {
            Put(cache, $"p/a{revision}", revision, 1000);
            cache.Reached(revision);
            Assert.NotNull(quick.TryRead());
        }

        Assert.True(slow.FellBehind.IsCompleted);
        Assert.False(quick.FellBehind.IsCompleted);
        var told = new List<long>();
        while (slow.TryRead() is { } change) told.Add(change.Revision);
        Assert.Equal(Enumerable.Range(2, told.Count).Select(r => (long)r), told);
        Assert.InRange(told.Count, 5, 9);
        Assert.Equal(told[^1], slow.ReachedRevision);
    }

    [Fact]
    public void What_is_kept_for_interrupted_watches_is_bounded_in_bytes()
    {
        var cache = new KindCache(Maps, new EventWindow(mostBytes: 10_000), new WatchBounds());
        cache.Loaded(1);
        for (var revision = 2; revision < 50; revision++) Put(cache, "p/a", revision, 1000);
        Assert.InRange(cache.Range.Oldest, 43, 47);
        Assert.Null(cache.Watch(null, cache.Range.Oldest - 1));
        Put(cache, "p/b", 50, 100_000);
        Assert.Equal(49, cache.Range.Oldest);
        using var watcher = cache.Watch(null, 49);
        Assert.Equal(50, watcher!.TryReadFirst()!.Revision);
        Assert.Null(watcher.TryReadFirst());
    }

    [Theory]
    [InlineData(0, 300, 30)]
    [InlineData(30, 300, 60)]
    [InlineData(290, 300, 298)]
    [InlineData(298, 300, 328)]
    [InlineData(0, 10, 8)]
    [InlineData(0, 1, 30)]
    public void Bookmarks_come_regularly_and_once_more_before_the_end(int told, int timeout, int next) =>
        Assert.Equal(TimeSpan.FromSeconds(next), new WatchOptions { Timeout = TimeSpan.FromSeconds(timeout) }.NextBookmark(TimeSpan.FromSeconds(told)));

    [Fact]
    public void What_a_watch_began_with_is_forgotten_once_it_is_told()
    {
        var cache = new KindCache(Maps, new EventWindow(most: 1), new WatchBounds());
        cache.Loaded(1);
        foreach (var (name, revision) in (ReadOnlySpan<(string, int)>)[("a", 2), ("b", 3), ("c", 4)]) Put(cache, $"p/{name}", revision, 10);
        using var watcher = cache.Watch(null, null)!;
        var told = Told(watcher);
        Put(cache, "p/a", 5, 10);
        Put(cache, "p/a", 6, 10);
        while (watcher.TryRead() is not null)
        {
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(told.TryGetTarget(out _), "the object that was replaced is still held");
        GC.KeepAlive(cache);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference<CachedObject> Told(Watcher watcher)
    {
        var first = new WeakReference<CachedObject>(watcher.TryReadFirst()!.Now!);
        while (watcher.TryReadFirst() is not null)
        {
        }

        return first;
    }

    private static void Put(KindCache cache, string key, long revision, int size)
    {
        var bytes = Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"{{{new string('x', size)}}}"}}""");
        cache.Put(key, new StoredValue(bytes, bytes), revision, revision);
    }
}

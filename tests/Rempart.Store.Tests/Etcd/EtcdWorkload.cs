using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Rempart.Store.Etcd;
using Rempart.Testing.Etcd;
using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Etcd;

/// <summary>
/// Writers that count up a key each and a follower, each with a store of its own, while members fail. At the end what was acknowledged
/// is compared with what etcd tells of its whole history and with what the follower was told.
/// </summary>
internal sealed class EtcdWorkload(EtcdCluster cluster, string instance) : IAsyncDisposable
{
    private const int Writers = 4;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string Key, int Number, long Revision)> _acknowledged = [];
    private readonly List<StoreEvent> _told = [];
    private readonly List<IStore> _stores = [];
    private readonly List<Task> _writing = [];
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<Uri> _left = new();
    private Task _following = Task.CompletedTask;
    private long _toldRevision = 1;

    public int Acknowledged
    {
        get
        {
            lock (_gate) return _acknowledged.Count;
        }
    }

    public async Task StartAsync()
    {
        // Whichever member fails, a writer works with it.
        var options = cluster.Options(instance) with { Left = (member, _) => _left.Enqueue(member) };
        for (var i = 0; i <= Writers; i++) _stores.Add(await EtcdStart.OpenAsync(options, cluster.Members[i % cluster.Members.Count], CancellationToken.None));
        _following = Task.Run(() => FollowAsync(_stores[Writers]));
        for (var i = 0; i < Writers; i++)
        {
            var (store, key) = (_stores[i], $"w{i}");
            _writing.Add(Task.Run(() => WriteAsync(store, key)));
        }

        await AdvanceAsync(20);
    }

    /// <summary>Waits for so many more acknowledged writes: the store works.</summary>
    public async Task AdvanceAsync(int writes)
    {
        var wanted = Acknowledged + writes;
        for (var i = 0; Acknowledged < wanted; i++)
        {
            Assert.True(i < 6000, $"only {Acknowledged} of {wanted} writes in a minute");
            Assert.DoesNotContain(_writing.Append(_following), task => task.IsFaulted);
            await Task.Delay(10);
        }
    }

    /// <summary>Waits until a member was left by who worked with it, and every writer, theirs too, goes on.</summary>
    public async Task LeaveAsync(EtcdMemberProcess member)
    {
        int[] Each()
        {
            lock (_gate) return [.. Enumerable.Range(0, Writers).Select(i => _acknowledged.Count(write => write.Key == $"w{i}"))];
        }

        // More than what was answered while the member was failing.
        var wanted = Each().Select(count => count + 10).ToArray();
        for (var i = 0; !_left.Contains(member.Client) || Each().Zip(wanted).Any(writer => writer.First < writer.Second); i++)
        {
            Assert.True(i < 6000, $"`{member.Name}` was left by {_left.Count(left => left == member.Client)}, and the writers are at {string.Join(' ', Each())} of {string.Join(' ', wanted)}");
            await Task.Delay(10);
        }
    }

    /// <summary>Stops the writers and checks that nothing was lost, doubled or told out of order.</summary>
    public async Task CheckAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writing);
        await using var store = await EtcdStore.OpenAsync(cluster.Options(instance), CancellationToken.None);
        await using var history = new WatchRecorder(store, "", 1);
        await history.CatchUpAsync();

        // Every acknowledged write is in the history, at its revision.
        var written = history.Events.ToDictionary(change => (change.Key, change.Revision), change => Encoding.ASCII.GetString(change.Value!.Value.Span));
        Assert.All(_acknowledged, write => Assert.Equal(Text(write.Number), written[(write.Key, write.Revision)]));

        // Each key counted up by ones: nothing was written twice, nothing in between was lost.
        foreach (var key in history.Events.GroupBy(change => change.Key))
        {
            Assert.Equal(Enumerable.Range(1, key.Count()).Select(Text), key.Select(change => Encoding.ASCII.GetString(change.Value!.Value.Span)));
        }

        // The follower was told the same, in the same order, once.
        for (var i = 0; Volatile.Read(ref _toldRevision) < history.Revision && i < 3000; i++) await Task.Delay(10);
        lock (_gate) Assert.Equal(history.Shown, string.Join(' ', _told.Select(change => change.Show())));

        var page = await store.ListAsync(StoreRange.All);
        Assert.Equal(history.Events.GroupBy(change => change.Key).Select(key => key.Last().Revision).Order(), page.Entries.Select(entry => entry.ModRevision).Order());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var store in _stores) await store.DisposeAsync();
        await Task.WhenAll(_writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WriteAsync(IStore store, string key)
    {
        var (number, revision) = (0, 0L);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var result = await store.CommitAsync([StoreCalls.Put(key, Text(number + 1), revision)], CancellationToken.None);
                // Nobody else writes this key: a conflict would be a write that was made though it was said not to be.
                Assert.True(result.IsCommitted, $"`{key}` is at {result.Conflicts?[0].Current.Show()}, expected {revision}");
                (number, revision) = (number + 1, result.Revision);
                lock (_gate) _acknowledged.Add((key, number, revision));
            }
            catch (StoreUnavailableException)
            {
                (number, revision) = await LookAsync(store, key, number, revision);
            }
        }
    }

    /// <summary>
    /// Finds out what became of a write of unknown outcome. It may still be on its way, so it is made impossible first: by a write of
    /// the same number that expects the same revision. One of the two is made.
    /// </summary>
    private async Task<(int Number, long Revision)> LookAsync(IStore store, string key, int number, long revision)
    {
        while (true)
        {
            try
            {
                var again = await store.CommitAsync([StoreCalls.Put(key, Text(number + 1), revision)], CancellationToken.None);
                var current = again.IsCommitted ? again.Revision : again.Conflicts[0].Current!.ModRevision;
                return (number + 1, current);
            }
            catch (StoreUnavailableException)
            {
                if (_stop.IsCancellationRequested) return (number, revision);
                await Task.Delay(50);
            }
        }
    }

    private async Task FollowAsync(IStore store)
    {
        await foreach (var batch in store.WatchAsync("", 1, CancellationToken.None))
        {
            lock (_gate) _told.AddRange(batch.Events);
            Volatile.Write(ref _toldRevision, batch.Revision);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

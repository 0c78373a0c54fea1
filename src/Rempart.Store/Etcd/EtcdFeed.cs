using Rempart.Protocols.Etcd;
using Rempart.Store.Watching;

namespace Rempart.Store.Etcd;

/// <summary>
/// One watch of etcd for all watches of this process, begun again on another member after the last whole revision whenever it ends.
/// </summary>
internal sealed class EtcdFeed : IAsyncDisposable
{
    /// <summary>How long a revision that exists may be missing before the member that feeds us is left.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan _shortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);

    private readonly EtcdClient _client;
    private readonly EtcdLayout _layout;
    private readonly EtcdMeta _meta;
    private readonly Func<CancellationToken, Task<EtcdMeta>> _current;
    private readonly EtcdStoreOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<(long Revision, TaskCompletionSource Reached)> _waiters = [];
    private readonly Task _loop;
    private CancellationTokenSource? _watch;
    private Uri? _member;
    private long _revision;
    private int _isExpecting;
    private long? _restarted;

    public EtcdFeed(EtcdClient client, EtcdLayout layout, EtcdMeta meta, Func<CancellationToken, Task<EtcdMeta>> current, EtcdStoreOptions options)
    {
        (_client, _layout, _meta, _current, _options) = (client, layout, meta, current, options);
        _revision = meta.Revision;
        Hub = new WatchHub(_revision, options.ProgressInterval, options.Time);
        _loop = Task.Run(RunAsync);
    }

    public WatchHub Hub { get; }

    /// <summary>Returns when every open watch has a revision queued.</summary>
    /// <exception cref="StoreUnavailableException">It does not come, not from another member either.</exception>
    public async Task ReachAsync(long revision)
    {
        if (!Hub.IsWatched || await TryReachAsync(revision, _patience)) return;
        Restart();
        if (!await TryReachAsync(revision, _options.CallTimeout)) throw new StoreUnavailableException($"etcd does not tell of revision `{revision}` though it exists: the change is written, and who follows does not see it yet", inner: null);
    }

    /// <summary>Sees to it that a revision comes, without waiting for it.</summary>
    public void Expect(long revision)
    {
        if (Volatile.Read(ref _revision) >= revision || Interlocked.Exchange(ref _isExpecting, 1) != 0) return;
        _ = Task.Run(async () =>
        {
            if (!await TryReachAsync(revision, _patience)) Restart();
            Volatile.Write(ref _isExpecting, 0);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        Hub.Dispose();
        _stop.Dispose();
    }

    private async Task<bool> TryReachAsync(long revision, TimeSpan within)
    {
        TaskCompletionSource reached;
        lock (_gate)
        {
            if (_revision >= revision || _stop.IsCancellationRequested) return true;
            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((revision, reached));
        }

        try
        {
            await reached.Task.WaitAsync(within, _options.Time, _stop.Token);
            return true;
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                _waiters.RemoveAll(waiter => waiter.Reached == reached);
            }

            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    /// <summary>Begins the watch again, with another member than the silent one.</summary>
    private void Restart()
    {
        lock (_gate)
        {
            // Of those who miss something at the same time one is enough.
            if (_restarted is { } last && _options.Time.GetElapsedTime(last) < _patience) return;
            _restarted = _options.Time.GetTimestamp();
            if (_member == _client.Current) _client.LeaveCurrent("its watch is silent");
            _member = null;
            _watch?.Cancel();
        }
    }

    private async Task RunAsync()
    {
        var pause = _shortestPause;
        while (!_stop.IsCancellationRequested)
        {
            var before = Volatile.Read(ref _revision);
            try
            {
                await FollowAsync();
            }
            catch (EtcdException failure) when (failure.Failure == EtcdFailure.Compacted)
            {
                await SkipAsync();
            }
            catch (Exception failure) when (failure is EtcdException or OperationCanceledException or StoreException)
            {
                // Tried again below; who needs to be current asks etcd itself and hears why it can't.
                StoreMetrics.WatchBroken();
            }

            catch (Exception surprise)
            {
                // Nobody may wait for changes that will never be told.
                Hub.Fail(new StoreUnavailableException($"the store stopped following etcd after a failure and must be opened anew: {surprise.Message}", surprise));
                return;
            }

            pause = Volatile.Read(ref _revision) > before ? _shortestPause : pause * 2 < _longestPause ? pause * 2 : _longestPause;
            await Task.Delay(pause, _options.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync()
    {
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        lock (_gate)
        {
            (_watch, _member) = (watch, _client.Current);
        }

        try
        {
            var events = new EtcdEvents(_layout, _meta, _revision);
            await foreach (var part in _client.WatchAsync(_layout.Data with { Revision = _meta.ToEtcd(_revision) + 1 }, watch.Token))
            {
                if (events.Take(part) is { Count: > 0 } changes) Publish(changes, events.Told);
            }
        }
        finally
        {
            lock (_gate)
            {
                _watch = null;
            }
        }
    }

    /// <summary>What came meanwhile is compacted: whoever watches has to list again.</summary>
    private async Task SkipAsync()
    {
        try
        {
            var revision = (await _current(_stop.Token)).Revision;
            Hub.Skip(revision);
            Publish([], revision);
        }
        catch (Exception failure) when (failure is StoreException or OperationCanceledException)
        {
            // Found again at the next round.
        }
    }

    private void Publish(IReadOnlyList<StoreEvent> changes, long revision)
    {
        Hub.Publish(changes, revision);
        lock (_gate)
        {
            _revision = revision;
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Revision > revision) continue;
                _waiters[i].Reached.TrySetResult();
                _waiters.RemoveAt(i);
            }
        }
    }
}

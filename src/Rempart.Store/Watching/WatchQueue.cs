using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Rempart.Store.Watching;

/// <summary>The changes that one watch has not read yet, bounded: beyond the bounds they are dropped and the watch is told so.</summary>
internal sealed class WatchQueue(string prefix, long revision)
{
    private readonly Lock _gate = new();

    /// <summary>One token: "look again".</summary>
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private List<StoreEvent> _events = [];
    private long _bytes;
    private long _revision = revision;
    private long _told = revision;
    private long _wanted;
    private bool _overflowed;

    /// <summary>Takes in the changes that match. All changes up to <paramref name="revision"/> were offered.</summary>
    public void Offer(IReadOnlyList<StoreEvent> events, long revision)
    {
        lock (_gate)
        {
            var before = _events.Count;
            foreach (var change in events)
            {
                if (!_overflowed && change.Key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    _events.Add(change);
                    _bytes += change.Value?.Length ?? 0;
                }
            }

            _revision = revision;
            if (_events.Count > StoreLimits.WatchEvents || _bytes > StoreLimits.WatchBytes)
            {
                Overflow();
            }
            else if (_events.Count > before || (_wanted > _told && _wanted <= revision))
            {
                _signal.Writer.TryWrite(true);
            }
        }
    }

    /// <summary>Drops what waits: the watch has to begin again.</summary>
    public void Overflow()
    {
        lock (_gate)
        {
            (_overflowed, _events, _bytes) = (true, [], 0);
            _signal.Writer.TryWrite(true);
        }
    }

    public void RequestProgress(long revision)
    {
        lock (_gate)
        {
            _wanted = Math.Max(_wanted, revision);
            if (_revision > _told)
            {
                _signal.Writer.TryWrite(true);
            }
        }
    }

    /// <summary>Ends it, with what the watcher is told when that is more than that the store was closed.</summary>
    public void Complete(StoreException? why = null) => _signal.Writer.TryComplete(why);

    /// <summary>Everything above a revision, without end.</summary>
    /// <param name="told">What the watcher knows already, maybe more than the queue did when it was opened.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StoreWatchOverflowException">Changes were dropped.</exception>
    public async IAsyncEnumerable<StoreBatch> AfterAsync(long told, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var batch = await TakeAsync(cancellationToken);
            if (batch.Revision <= told) continue;
            yield return batch.Events.Count > 0 && batch.Events[0].Revision <= told
                ? batch with { Events = [.. batch.Events.Where(change => change.Revision > told)] }
                : batch;
            told = batch.Revision;
        }
    }

    /// <summary>Waits for changes or progress and takes all of it.</summary>
    /// <exception cref="StoreWatchOverflowException">Changes were dropped.</exception>
    public async ValueTask<StoreBatch> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _signal.Reader.ReadAsync(cancellationToken);
            }
            catch (ChannelClosedException closed)
            {
                throw new StoreUnavailableException(closed.InnerException?.Message ?? "the store is closed", closed.InnerException);
            }

            lock (_gate)
            {
                if (_overflowed)
                {
                    throw new StoreWatchOverflowException(prefix);
                }

                if (_revision > _told)
                {
                    var batch = new StoreBatch(_events, _revision);
                    (_events, _bytes, _told) = ([], 0, _revision);
                    return batch;
                }
            }
        }
    }
}

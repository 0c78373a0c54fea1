namespace Rempart.Store.Watching;

/// <summary>Hands each group of committed changes to the open watches. Never waits for any of them.</summary>
internal sealed class WatchHub : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<WatchQueue> _queues = [];
    private readonly ITimer _tick;
    private long _revision;
    private bool _closed;
    private StoreException? _failed;

    public WatchHub(long revision, TimeSpan progressInterval, TimeProvider time)
    {
        _revision = revision;
        _tick = time.CreateTimer(_ => RequestProgress(0), state: null, progressInterval, progressInterval);
    }

    /// <summary>Opens a queue that gets every change of a prefix above the revision that it returns.</summary>
    /// <exception cref="StoreUnavailableException">The store is closed, or has failed.</exception>
    public (WatchQueue Queue, long Revision) Open(string prefix)
    {
        lock (_gate)
        {
            if (_closed) throw new StoreUnavailableException("the store is closed", inner: null);
            if (_failed is not null) throw new StoreUnavailableException(_failed.Message, _failed);
            var queue = new WatchQueue(prefix, _revision);
            _queues.Add(queue);
            return (queue, _revision);
        }
    }

    public void Close(WatchQueue queue)
    {
        lock (_gate)
        {
            _queues.Remove(queue);
        }
    }

    /// <summary>Queues the changes of durable revisions, in order, for whom they concern.</summary>
    public void Publish(IReadOnlyList<StoreEvent> events, long revision)
    {
        lock (_gate)
        {
            _revision = revision;
            foreach (var queue in _queues)
            {
                queue.Offer(events, revision);
            }
        }
    }

    /// <summary>Makes each queue tell of its newest revision, and of <paramref name="revision"/> as soon as that is published.</summary>
    public void RequestProgress(long revision)
    {
        lock (_gate)
        {
            foreach (var queue in _queues)
            {
                queue.RequestProgress(revision);
            }
        }
    }

    /// <summary>Whether anybody watches.</summary>
    public bool IsWatched
    {
        get
        {
            lock (_gate)
            {
                return _queues.Count > 0;
            }
        }
    }

    /// <summary>Goes on at a revision without the changes before it: the watches that are open have lost their place.</summary>
    public void Skip(long revision)
    {
        lock (_gate)
        {
            _revision = revision;
            foreach (var queue in _queues) queue.Overflow();
        }
    }

    /// <summary>Ends every watch: nothing will change any more until the store is opened anew, and whoever follows it must know.</summary>
    public void Fail(StoreException why)
    {
        lock (_gate)
        {
            _failed = why;
            foreach (var queue in _queues) queue.Complete(why);
        }
    }

    public void Dispose()
    {
        _tick.Dispose();
        lock (_gate)
        {
            _closed = true;
            foreach (var queue in _queues)
            {
                queue.Complete();
            }
        }
    }
}

namespace Rempart.ApiServer.Audit;

/// <summary>
/// Records that wait for the one thread that writes them, bounded: who comes when it is full is refused. Those that nobody waits for
/// go with the next ones that are waited for, or by themselves soon after.
/// </summary>
internal sealed class PendingRecords : IDisposable
{
    private readonly int _most;
    private readonly TimeSpan _company;
    private readonly Lock _gate = new();
    private readonly Queue<PendingRecord> _waiting = new();

    // Without spinning: a sync of the disk takes a thousand times longer than waking a thread.
    private readonly ManualResetEventSlim _ready = new(initialState: false, spinCount: 0);
    private readonly Timer _timer;
    private int _awaited;
    private bool _isTimed;
    private bool _isDue;
    private bool _isClosed;

    /// <param name="most">Records that may be waited for at once.</param>
    /// <param name="company">How long a record without a waiter waits for company: a sync of the disk of its own would hold up who comes next.</param>
    public PendingRecords(int most, TimeSpan company)
    {
        (_most, _company) = (most, company);
        _timer = new Timer(_ => Due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <exception cref="AuditUnavailableException">There are too many, or none are taken any more.</exception>
    public void Add(PendingRecord record)
    {
        lock (_gate)
        {
            if (_isClosed) throw new AuditUnavailableException("the audit trail is closed", inner: null);
            if (record.IsAwaited && _awaited >= _most) throw new AuditUnavailableException("too many requests wait for the audit trail: try again", inner: null);
            _waiting.Enqueue(record);
            if (record.IsAwaited)
            {
                _awaited++;
                _ready.Set();
            }
            else if (_awaited == 0 && !_isTimed)
            {
                _isTimed = true;
                _timer.Change(_company, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Blocks until there are some to be written now, and takes at most so many; false when it is closed and empty.</summary>
    public bool Take(List<PendingRecord> group, int longest)
    {
        group.Clear();
        while (true)
        {
            lock (_gate)
            {
                if (_awaited > 0 || _isDue || _isClosed)
                {
                    while (group.Count < longest && _waiting.TryDequeue(out var next))
                    {
                        group.Add(next);
                        if (next.IsAwaited) _awaited--;
                    }

                    // What the group had no room for is not asked to wait again.
                    _isDue = _waiting.Count > 0;
                    if (group.Count > 0) return true;
                    if (_isClosed) return false;
                }

                _ready.Reset();
            }

            _ready.Wait();
        }
    }

    /// <summary>Refuses what comes later; what waits is still written.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _ready.Set();
        }
    }

    /// <summary>After the writer's end.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _ready.Dispose();
    }

    private void Due()
    {
        lock (_gate)
        {
            _isTimed = false;
            if (_isClosed || _waiting.Count == 0) return;
            _isDue = true;
            _ready.Set();
        }
    }
}

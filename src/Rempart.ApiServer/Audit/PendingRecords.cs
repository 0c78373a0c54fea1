namespace Rempart.ApiServer.Audit;

/// <summary>Records that wait for the one thread that writes them, bounded: who comes when it is full is refused.</summary>
internal sealed class PendingRecords(int most) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<PendingRecord> _waiting = new();

    // Without spinning: a sync of the disk takes a thousand times longer than waking a thread.
    private readonly ManualResetEventSlim _ready = new(initialState: false, spinCount: 0);
    private bool _closed;

    /// <exception cref="AuditUnavailableException">There are too many, or none are taken any more.</exception>
    public void Add(PendingRecord record)
    {
        lock (_gate)
        {
            if (_closed) throw new AuditUnavailableException("the audit trail is closed", inner: null);
            if (_waiting.Count >= most) throw new AuditUnavailableException("too many requests wait for the audit trail: try again", inner: null);
            _waiting.Enqueue(record);
            _ready.Set();
        }
    }

    /// <summary>Blocks until there are some, and takes at most so many; false when it is closed and empty.</summary>
    public bool Take(List<PendingRecord> group, int longest)
    {
        group.Clear();
        while (true)
        {
            lock (_gate)
            {
                while (group.Count < longest && _waiting.TryDequeue(out var next)) group.Add(next);
                if (group.Count > 0) return true;
                if (_closed) return false;
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
            _closed = true;
            _ready.Set();
        }
    }

    /// <summary>After the writer's end.</summary>
    public void Dispose() => _ready.Dispose();
}

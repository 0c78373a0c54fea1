namespace Rempart.ApiServer.Registry;

/// <summary>A revision that rises, and those who wait for it.</summary>
internal sealed class RevisionSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private long _revision;
    private bool _closed;

    public long Revision => Volatile.Read(ref _revision);

    public void Advance(long revision)
    {
        lock (_gate)
        {
            if (revision > _revision) Volatile.Write(ref _revision, revision);
            while (_waiting.TryPeek(out var first, out var wanted) && wanted <= _revision)
            {
                _waiting.Dequeue();
                first.TrySetResult();
            }
        }
    }

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    public async Task WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        TaskCompletionSource source;
        lock (_gate)
        {
            if (_revision >= revision) return;
            ObjectDisposedException.ThrowIf(_closed, this);
            source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(source, revision);
        }

        try
        {
            await source.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            // Whoever gives up must not be kept until that revision is there, which may be never.
            if (!source.Task.IsCompleted)
            {
                lock (_gate) _waiting.Remove(source, out _, out _);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_waiting.TryDequeue(out var source, out _)) source.TrySetCanceled();
        }
    }
}

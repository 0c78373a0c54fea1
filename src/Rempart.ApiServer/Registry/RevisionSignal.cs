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

    public Task WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_revision >= revision) return Task.CompletedTask;
            ObjectDisposedException.ThrowIf(_closed, this);
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(source, revision);
            return source.Task.WaitAsync(cancellationToken);
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

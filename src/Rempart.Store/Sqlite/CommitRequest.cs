namespace Rempart.Store.Sqlite;

/// <summary>A commit on its way: queued, then either taken by the writer or cancelled, never both.</summary>
internal sealed class CommitRequest(IReadOnlyList<StoreWrite> writes)
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private readonly TaskCompletionSource<CommitResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    public IReadOnlyList<StoreWrite> Writes => writes;

    public Task<CommitResult> Result => _result.Task;

    public int Bytes { get; } = writes.Sum(write => write.Value?.Length ?? 0);

    /// <summary>For the writer: from here on the result is always known.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    public void TryCancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued)
        {
            _result.TrySetCanceled(cancellationToken);
        }
    }

    public void Complete(CommitResult result) => _result.TrySetResult(result);

    public void Fail(StoreException failure) => _result.TrySetException(failure);
}

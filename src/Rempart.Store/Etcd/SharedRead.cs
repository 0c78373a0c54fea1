namespace Rempart.Store.Etcd;

/// <summary>
/// One reading for all who ask at the same time. A reading serves only those who asked before it began, so each sees what was there
/// when it asked, or later.
/// </summary>
/// <param name="read">Reads.</param>
internal sealed class SharedRead<T>(Func<Task<T>> read)
{
    private readonly Lock _gate = new();
    private bool _isReading;
    private TaskCompletionSource<T>? _next;

    public Task<T> ReadAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<T> mine;
        lock (_gate)
        {
            mine = _next ??= new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_isReading) return mine.Task.WaitAsync(cancellationToken);
            (_isReading, _next) = (true, null);
        }

        _ = RunAsync(mine);
        return mine.Task.WaitAsync(cancellationToken);
    }

    private static void Fail(TaskCompletionSource<T> waiting, Exception failure)
    {
        waiting.TrySetException(failure);
        // Who waits may have given up.
        _ = waiting.Task.Exception;
    }

    private async Task RunAsync(TaskCompletionSource<T> serving)
    {
        while (true)
        {
            try
            {
                serving.TrySetResult(await read());
            }
            catch (Exception failure)
            {
                Fail(serving, failure);
                // Who asked meanwhile would wait as long again for the same answer.
                TaskCompletionSource<T>? next;
                lock (_gate)
                {
                    (next, _next) = (_next, null);
                }

                if (next is not null) Fail(next, failure);
            }

            lock (_gate)
            {
                if (_next is null)
                {
                    _isReading = false;
                    return;
                }

                (serving, _next) = (_next, null);
            }
        }
    }
}

namespace Rempart.ApiServer.Quotas;

/// <summary>
/// The writes into one project that has quotas, one commit after the other: of this server no two get in each other's way. Those that
/// wait go together, as many as a commit has room for.
/// </summary>
/// <param name="write">Makes the commits of some turns; every turn is done when it returns.</param>
internal sealed class QuotaGate(Func<IReadOnlyList<QuotaTurn>, Task> write)
{
    private const int Together = 64;
    private readonly Lock _gate = new();
    private readonly Queue<QuotaTurn> _waiting = new();
    private bool _isBusy;

    /// <summary>Waits for the turn's end. Its number is bounded by the requests that are let in.</summary>
    public async Task EnterAsync(QuotaTurn turn)
    {
        Line(turn);
        await turn.Done;
    }

    /// <summary>Waits until nobody writes, and keeps it so until the answer is disposed of.</summary>
    public async Task<IDisposable> PauseAsync(CancellationToken cancellationToken)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var turn = new QuotaTurn(null) { Pause = end };
        Line(turn);
        try
        {
            await turn.Done.WaitAsync(cancellationToken);
            return new Resumption(end);
        }
        catch
        {
            end.TrySetResult();
            throw;
        }
    }

    private void Line(QuotaTurn turn)
    {
        lock (_gate)
        {
            _waiting.Enqueue(turn);
            if (!_isBusy) _ = Task.Run(WorkAsync);
            _isBusy = true;
        }
    }

    private async Task WorkAsync()
    {
        var turns = new List<QuotaTurn>(Together);
        while (true)
        {
            turns.Clear();
            lock (_gate)
            {
                while (turns.Count < Together && _waiting.TryPeek(out var next) && (turns.Count == 0 || (next.Pause is null && turns[0].Pause is null))) turns.Add(_waiting.Dequeue());
                if (turns.Count == 0)
                {
                    _isBusy = false;
                    return;
                }
            }

            if (turns[0] is { Pause.Task: { } pause } waits)
            {
                waits.Complete(null);
                await pause;
                continue;
            }

            try
            {
                await write(turns);
            }
            catch (Exception failure)
            {
                // Each caller is told, and knows what to do; nobody waits for a turn that does not come.
                foreach (var turn in turns) turn.Fail(failure);
            }
        }
    }

    private sealed class Resumption(TaskCompletionSource end) : IDisposable
    {
        public void Dispose() => end.TrySetResult();
    }
}

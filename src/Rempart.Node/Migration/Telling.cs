using Rempart.Api.Compute;

namespace Rempart.Node.Migration;

/// <summary>
/// Says how far a move is beside what goes on. A server that takes its time must not hold up the next step: QEMU's guest may have come to stand still meanwhile,
/// and waits for that step. One word at a time; what is due while another one is on its way is left out, because a newer one follows.
/// </summary>
internal sealed class Telling(Func<Func<MigrationSourceStatus, MigrationSourceStatus>, CancellationToken, Task> tell, CancellationToken cancellationToken) : IAsyncDisposable
{
    private CancellationTokenSource? _stop;
    private Task _word = Task.CompletedTask;

    /// <summary>Begins to say it, unless something is still being said.</summary>
    public void Begin(Func<MigrationSourceStatus, MigrationSourceStatus> change)
    {
        if (!_word.IsCompleted) return;
        _stop?.Dispose();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _word = tell(change, _stop.Token);
    }

    /// <summary>Lets what is being said come to its end for a while, and gives it up then: afterwards nothing is on its way, though what was given up may have been heard.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (_stop is null) return;
        _stop.CancelAfter(patience);
        try
        {
            await _word;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
        _stop.Dispose();
        _stop = null;
        _word = Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);
}

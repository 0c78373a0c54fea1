namespace Rempart.Cli.Output;

/// <summary>Tells a person what is waited for, with the seconds so far; silent when stderr is not a terminal or it is over at once.</summary>
internal sealed class Waiting : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;
    private volatile string _text;

    private Waiting(TextWriter error, string text)
    {
        _text = text;
        _task = Console.IsErrorRedirected ? Task.CompletedTask : SpinAsync(error, _stop.Token);
    }

    /// <summary>Begins to tell.</summary>
    /// <param name="error">The terminal.</param>
    /// <param name="text">What is waited for.</param>
    public static Waiting Start(TextWriter error, string text) => new(error, text);

    /// <summary>Changes what is told.</summary>
    /// <param name="text">What is waited for now.</param>
    public void Say(string text) => _text = text;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _stop.Dispose();
    }

    private async Task SpinAsync(TextWriter error, CancellationToken cancellationToken)
    {
        const string Frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
        var started = TimeProvider.System.GetTimestamp();
        var shown = false;
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(120), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            if (elapsed.TotalSeconds < 1 || cancellationToken.IsCancellationRequested) continue;
            shown = true;
            await error.WriteAsync($"\r\e[2K{Frames[i % Frames.Length]} {ColumnText.Printable(_text)} ({elapsed.TotalSeconds:0} s)");
        }

        if (shown) await error.WriteAsync("\r\e[2K");
    }
}

using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tunnel;

/// <summary>The server's end of a stream to a node. Disposing it ends the node's request; without an end frame before, the node takes it for cut.</summary>
internal sealed class NodeStream(Stream input, Stream output, Action abort) : IAsyncDisposable
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int ended;

    /// <summary>The frames both ways.</summary>
    public FrameStream Frames { get; } = new(input, output);

    /// <summary>Ends when the stream is not used any more.</summary>
    public Task Done => done.Task;

    /// <summary>Runs once, when the stream is given back.</summary>
    public Action? Released { get; set; }

    /// <summary>Ends the stream in order: the node reads how.</summary>
    /// <param name="end">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task EndAsync(StreamEnd end, CancellationToken cancellationToken)
    {
        await Frames.EndAsync(end, cancellationToken);
        Finish();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!done.Task.IsCompleted)
        {
            abort();
            Finish();
        }

        // Not the frames: the other direction may still write, and what they hold is memory only.
        return ValueTask.CompletedTask;
    }

    private void Finish()
    {
        if (Interlocked.Exchange(ref ended, 1) != 0) return;
        Released?.Invoke();
        done.TrySetResult();
    }
}

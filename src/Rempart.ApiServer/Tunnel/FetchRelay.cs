using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Listens to a node that fetches an image: its progress, and how it ended.</summary>
internal sealed class FetchRelay(FrameStream frames, TimeProvider time)
{
    // Each writing is a revision of the store.
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Runs until the node has said how it ended, or the image is gone.</summary>
    /// <param name="isThere">Whether the image is wanted still.</param>
    /// <param name="write">Told of progress: when it begins, at each phase, and every few seconds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The node was cut off, or says nothing any more.</exception>
    public async Task<StreamEnd> RunAsync(Func<bool> isThere, Func<TransferProgress, Task> write, CancellationToken cancellationToken)
    {
        using var silent = new CancellationTokenSource(Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, cancellationToken);
        TransferProgress? written = null;
        var last = time.GetTimestamp();
        try
        {
            while (true)
            {
                var frame = await frames.ReadAsync(either.Token);
                silent.CancelAfter(Silence);
                if (!isThere()) return new StreamEnd { Reason = StreamEnd.Gone, Message = "the image was deleted" };
                if (frame.Channel == FrameChannel.End) return FrameStream.ReadEnd(frame);
                if (frame.Channel != FrameChannel.Control || Read(frame.Payload.Span) is not { } told || told == written) continue;
                if (written is not null && told.Phase == written.Phase && time.GetElapsedTime(last) < WriteEvery) continue;
                (written, last) = (told, time.GetTimestamp());
                await write(told);
            }
        }
        catch (OperationCanceledException quiet) when (silent.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"the node has said nothing for {Silence.TotalSeconds} s", quiet);
        }
    }

    private static TransferProgress? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var told = JsonSerializer.Deserialize<TransferProgress>(json, ApiJson.Strict);
            return told is { Phase: null or "Converting", Received: null or (>= 0 and < 1L << 60), Total: null or (>= 0 and < 1L << 60) } ? told : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

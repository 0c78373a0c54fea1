using System.Net.WebSockets;
using System.Text;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Joins a viewer's WebSocket and a node's stream until one side, or something else, ends it. Nothing is queued: who does not take bytes stops who sends them.</summary>
internal sealed class ConsoleRelay(WebSocket socket, FrameStream frames, TimeProvider time)
{
    private const int LongestMessage = 64 * 1024;
    private const int LongestReason = 123;
    private const string TooSlow = "the viewer does not take what the console shows";

    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan SlowestSend = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>Runs until the first end, and tells the viewer why.</summary>
    /// <param name="ends">What else may end it, with its reason.</param>
    /// <param name="cancellationToken">Ends it at once: the viewer has gone.</param>
    /// <returns>The reason.</returns>
    public async Task<string> RunAsync(IReadOnlyList<Task<string>> ends, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var idle = new CancellationTokenSource(Idle, time);
        var bored = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = idle.Token.Register(() => bored.TrySetResult("nothing was typed or shown for an hour"));
        var shown = ShowAsync(idle, stop.Token);
        var typed = TypeAsync(idle, stop.Token);
        var reason = await await Task.WhenAny([shown, typed, bored.Task, .. ends]);
        await stop.CancelAsync();
        // A send that is given up breaks the connection, which the other direction may notice first.
        if (await shown == TooSlow) reason = TooSlow;
        await CloseAsync(reason, typed);
        return reason;
    }

    private async Task<string> ShowAsync(CancellationTokenSource idle, CancellationToken cancellationToken)
    {
        var message = new byte[1 + FrameStream.MaxPayload];
        var late = false;
        try
        {
            while (true)
            {
                late = false;
                var frame = await frames.ReadAsync(cancellationToken);
                if (frame.Channel == FrameChannel.End) return FrameStream.ReadEnd(frame).Message ?? "the console has ended";
                if (frame.Channel == FrameChannel.Opened || frame.Payload.IsEmpty) continue;
                message[0] = (byte)frame.Channel;
                frame.Payload.CopyTo(message.AsMemory(1));
                idle.CancelAfter(Idle);
                using var slow = new CancellationTokenSource(SlowestSend, time);
                try
                {
                    await socket.SendAsync(message.AsMemory(0, 1 + frame.Payload.Length), WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, slow.Token);
                }
                finally
                {
                    late = slow.IsCancellationRequested;
                }
            }
        }
        catch (IOException)
        {
            return "the node has gone";
        }
        catch (WebSocketException)
        {
            return late ? TooSlow : "the connection broke";
        }
        catch (OperationCanceledException)
        {
            // The server's end of a node's request that was broken is cancelled, too.
            return late ? TooSlow : cancellationToken.IsCancellationRequested ? "closed" : "the node has gone";
        }
    }

    // Goes on to read when the rest has ended, and throws away what it reads: the viewer's close is still to come.
    private async Task<string> TypeAsync(CancellationTokenSource idle, CancellationToken cancellationToken)
    {
        var message = new byte[LongestMessage];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    if (length == message.Length) return $"a message is longer than {LongestMessage} bytes";
                    part = await socket.ReceiveAsync(message.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close) return "closed by the viewer";
                if (cancellationToken.IsCancellationRequested) continue;
                if (part.MessageType == WebSocketMessageType.Text) return "the console speaks in binary messages";
                if (length == 0) continue;
                if (message[0] > (byte)FrameChannel.Control) return "the first byte of a message is 0 for data or 1 for control";
                idle.CancelAfter(Idle);
                await frames.WriteAsync((FrameChannel)message[0], message.AsMemory(1, length - 1), cancellationToken);
            }
        }
        catch (WebSocketException)
        {
            return "the connection broke";
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return cancellationToken.IsCancellationRequested ? "closed" : "the node has gone";
        }
    }

    private async Task CloseAsync(string reason, Task typed)
    {
        using var patience = new CancellationTokenSource(Farewell, time);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, Cut(reason), patience.Token);
            await typed.WaitAsync(patience.Token);
        }
        catch (Exception left) when (left is WebSocketException or OperationCanceledException)
        {
            // It is gone in any case.
        }

        socket.Abort();
        await typed;
    }

    private static string Cut(string reason)
    {
        while (Encoding.UTF8.GetByteCount(reason) > LongestReason) reason = reason[..^1];
        return reason;
    }
}

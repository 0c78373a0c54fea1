using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Terminal;

/// <summary>
/// Joins this terminal and a console's WebSocket. Binary frames both ways: the first byte is the channel, 0 for data and 1
/// for control documents such as <c>{"resize":{"columns":80,"rows":24}}</c>, which an agent passes on where the other end has a size:
/// a serial line has none.
/// </summary>
/// <param name="socket">Open connection.</param>
/// <param name="detachKey">Byte that ends the session when typed.</param>
/// <param name="interactive">True when a person types: resize is told, the key is looked for.</param>
internal sealed class ConsoleSession(WebSocket socket, byte detachKey, bool interactive) : IDisposable
{
    private const byte Data = 0;
    private const byte Control = 1;

    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>The byte of a key such as <c>^]</c>.</summary>
    /// <param name="text">Caret and a character from @ to _ or a letter.</param>
    public static byte DetachKey(string text) =>
        text is ['^', var c] && char.ToUpperInvariant(c) is >= '@' and <= '_' and var upper ? (byte)(upper - '@')
            : throw new CliException($"`{text}` is not a key: write a caret and a letter, such as `^]` or `^A`", ExitCode.Usage);

    /// <summary>Runs until either side ends it.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it ended, for the person.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var resized = new SemaphoreSlim(interactive ? 1 : 0);
        using var resize = interactive ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => resized.Release()) : null;
        var sizes = TellSizesAsync(resized, stop.Token);
        var reading = ReceiveAsync(stop.Token);
        var typing = TypeAsync(stop.Token);
        var first = await Task.WhenAny(reading, typing);
        // When a script's input is over, the answer may not be.
        if (first == typing && !interactive && await typing == "end of input") first = reading;
        var reason = await first;
        if (first == typing) await CloseAsync();
        await stop.CancelAsync();
        await sizes;
        return reason;
    }

    /// <inheritdoc/>
    public void Dispose() => _sending.Dispose();

    private async Task TellSizesAsync(SemaphoreSlim resized, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await resized.WaitAsync(cancellationToken);
                await SendSizeAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The session is over.
        }
    }

    private async Task<string> ReceiveAsync(CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        var buffer = new byte[64 * 1024];
        var start = true;
        byte channel = Data;
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                if (part.MessageType is WebSocketMessageType.Close) return socket.CloseStatusDescription is { Length: > 0 } why ? $"closed: {why}" : "closed by the server";
                var bytes = buffer.AsMemory(0, part.Count);
                if (start && bytes.Length > 0) (channel, bytes) = (bytes.Span[0], bytes[1..]);
                start = part.EndOfMessage;
                if (channel is not Data) continue;
                await output.WriteAsync(bytes, cancellationToken);
                await output.FlushAsync(cancellationToken);
            }
        }
        catch (WebSocketException)
        {
            return "the connection broke";
        }
        catch (OperationCanceledException)
        {
            return "detached";
        }
    }

    private async Task<string> TypeAsync(CancellationToken cancellationToken)
    {
        await using var input = Console.OpenStandardInput();
        var buffer = new byte[4096];
        while (!cancellationToken.IsCancellationRequested)
        {
            var n = await input.ReadAsync(buffer.AsMemory(1), cancellationToken);
            if (n == 0) return "end of input";
            var key = interactive ? buffer.AsSpan(1, n).IndexOf(detachKey) : -1;
            var length = key < 0 ? n : key;
            buffer[0] = Data;
            if (length > 0) await SendAsync(buffer.AsMemory(0, length + 1), cancellationToken);
            if (key >= 0) return "detached";
        }

        return "detached";
    }

    private Task SendSizeAsync(CancellationToken cancellationToken)
    {
        var size = new JsonObject { ["resize"] = new JsonObject { ["columns"] = Console.WindowWidth, ["rows"] = Console.WindowHeight } };
        return SendAsync((byte[])[Control, .. Encoding.UTF8.GetBytes(size.ToJsonString())], cancellationToken);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            if (socket.State is WebSocketState.Open) await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException)
        {
            // The receiving side tells the person.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "detached", patience.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It is closed in any case.
        }
    }
}

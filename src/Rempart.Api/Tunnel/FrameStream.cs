using System.Buffers.Binary;
using System.Text.Json;

namespace Rempart.Api.Tunnel;

/// <summary>
/// Frames over two byte streams: one byte for the channel, four for the length (big endian), the payload. Each write is flushed, and
/// waits until the other end takes it: nothing is queued. One reader, any number of writers.
/// </summary>
/// <param name="input">What the other end sends.</param>
/// <param name="output">What the other end receives.</param>
public sealed class FrameStream(Stream input, Stream output) : IDisposable
{
    /// <summary>Most bytes in a frame.</summary>
    public const int MaxPayload = 64 * 1024;

    private const int Header = 5;

    private readonly byte[] received = new byte[MaxPayload];
    private readonly byte[] sent = new byte[Header + MaxPayload];
    private readonly byte[] header = new byte[Header];
    private readonly SemaphoreSlim writing = new(1, 1);

    /// <summary>Payload bytes received in data frames.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Payload bytes sent in data frames.</summary>
    public long BytesSent { get; private set; }

    /// <summary>The next frame.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The stream was cut, or is none of ours.</exception>
    public async ValueTask<TunnelFrame> ReadAsync(CancellationToken cancellationToken)
    {
        await FillAsync(header, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
        if (header[0] > (byte)FrameChannel.End || length > MaxPayload) throw new IOException("the other end of the stream does not speak in frames");
        await FillAsync(received.AsMemory(0, (int)length), cancellationToken);
        var channel = (FrameChannel)header[0];
        if (channel == FrameChannel.Data) BytesReceived += length;
        return new TunnelFrame(channel, received.AsMemory(0, (int)length));
    }

    /// <summary>Sends bytes, in as many frames as they need, one at least.</summary>
    /// <param name="channel">What they are.</param>
    /// <param name="payload">The bytes.</param>
    /// <param name="cancellationToken">Gives up; the stream can't be used for writing afterwards.</param>
    public async ValueTask WriteAsync(FrameChannel channel, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            do
            {
                var piece = payload[..Math.Min(payload.Length, MaxPayload)];
                payload = payload[piece.Length..];
                sent[0] = (byte)channel;
                BinaryPrimitives.WriteUInt32BigEndian(sent.AsSpan(1), (uint)piece.Length);
                piece.CopyTo(sent.AsMemory(Header));
                await output.WriteAsync(sent.AsMemory(0, Header + piece.Length), cancellationToken);
                await output.FlushAsync(cancellationToken);
                if (channel == FrameChannel.Data) BytesSent += piece.Length;
            }
            while (payload.Length > 0);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Sends the last frame.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask EndAsync(StreamEnd end, CancellationToken cancellationToken) =>
        WriteAsync(FrameChannel.End, JsonSerializer.SerializeToUtf8Bytes(end, ApiJson.Strict), cancellationToken);

    /// <summary>Reads the payload of a last frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <exception cref="IOException">It is no such document.</exception>
    public static StreamEnd ReadEnd(TunnelFrame frame)
    {
        try
        {
            return JsonSerializer.Deserialize<StreamEnd>(frame.Payload.Span, ApiJson.Strict) ?? throw new JsonException();
        }
        catch (JsonException wrong)
        {
            throw new IOException("the other end of the stream ended it without saying how", wrong);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => writing.Dispose();

    private async ValueTask FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await input.ReadExactlyAsync(buffer, cancellationToken);
        }
        catch (EndOfStreamException cut)
        {
            throw new IOException("the stream was cut", cut);
        }
    }
}

using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Rempart.Protocols.Conmon;

namespace Rempart.Node.Workloads;

/// <summary>
/// One viewer of a console. Output is taken from conmon at once, whatever the viewer does: conmon waits for its readers, and a
/// guest must not stand still because someone's terminal does. What a slow viewer misses is dropped and counted in its place.
/// </summary>
internal sealed class ConsoleStream : Stream
{
    private const int MaxPieces = 1024;
    private readonly ConmonAttach attach;
    private readonly Channel<byte[]> pieces;
    private readonly CancellationTokenSource closing = new();
    private readonly Task pump;
    private ReadOnlyMemory<byte> rest;
    private long missed;

    internal ConsoleStream(ConmonAttach attach)
    {
        this.attach = attach;
        pieces = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(MaxPieces) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true },
            dropped => Interlocked.Add(ref missed, dropped.Length));
        pump = PumpAsync();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>0 when the workload has ended.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (rest.Length == 0)
        {
            var lost = Interlocked.Exchange(ref missed, 0);
            if (lost > 0)
            {
                rest = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\r\n[{lost} bytes were skipped]\r\n"));
                break;
            }
            if (!await pieces.Reader.WaitToReadAsync(cancellationToken)) return 0;
            if (pieces.Reader.TryRead(out var piece)) rest = piece;
        }
        var count = Math.Min(buffer.Length, rest.Length);
        rest[..count].CopyTo(buffer);
        rest = rest[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await attach.WriteAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await attach.DisposeAsync();
        await pump;
        closing.Dispose();
        await base.DisposeAsync();
    }

    private async Task PumpAsync()
    {
        try
        {
            while (await attach.ReadAsync(closing.Token) is { } piece)
            {
                // QEMU's own messages are for the operator's log, not for the tenant's terminal.
                if (piece.Stream == ConmonStream.Stdout) pieces.Writer.TryWrite(piece.Data.ToArray());
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The workload ended or the viewer left: either way the stream ends.
        }
        finally
        {
            pieces.Writer.TryComplete();
        }
    }
}

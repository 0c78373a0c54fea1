namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A guest's console that prints without end until an interrupt (Ctrl-C) is typed.</summary>
internal sealed class FloodingGuest : Stream
{
    private long printed;
    private int interrupted;

    public long Printed => Interlocked.Read(ref printed);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (Volatile.Read(ref interrupted) != 0) return 0;
        buffer.Span.Fill((byte)'y');
        Interlocked.Add(ref printed, buffer.Length);
        return buffer.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Span.Contains((byte)3)) Volatile.Write(ref interrupted, 1);
        return ValueTask.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

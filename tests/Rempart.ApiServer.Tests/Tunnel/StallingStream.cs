namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Gives the first bytes and then waits until it is cancelled.</summary>
internal sealed class StallingStream(byte[] bytes, int first) : Stream
{
    private int given;

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override bool CanSeek => false;

    public override long Length => bytes.Length;

    public override long Position
    {
        get => given;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (given == first) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        var count = Math.Min(buffer.Length, first - given);
        bytes.AsMemory(given, count).CopyTo(buffer);
        given += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

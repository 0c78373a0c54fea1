using Rempart.Api.Tunnel;

namespace Rempart.Node.Tunnel;

/// <summary>The bytes of an upload, read from its frames. It ends only when all bytes have come; a stream that was cut throws.</summary>
internal sealed class UploadStream(FrameStream frames, long length, bool tellConversion) : Stream
{
    private ReadOnlyMemory<byte> rest;
    private long received;
    private bool ended;

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override bool CanSeek => false;

    public override long Length => length;

    public override long Position
    {
        get => received;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (rest.IsEmpty)
        {
            if (ended) return 0;
            var frame = await frames.ReadAsync(cancellationToken);
            if (frame.Channel == FrameChannel.Data)
            {
                rest = frame.Payload;
                received += rest.Length;
                if (received > length) throw new IOException($"more than the {length} bytes announced have come");
            }
            else if (frame.Channel == FrameChannel.End)
            {
                if (FrameStream.ReadEnd(frame).Reason != StreamEnd.Completed || received != length) throw new IOException($"the upload ended after {received} of {length} bytes");
                ended = true;
                if (tellConversion) await frames.WriteAsync(FrameChannel.Control, """{"phase":"Converting"}"""u8.ToArray(), cancellationToken);
            }
        }

        var count = Math.Min(buffer.Length, rest.Length);
        rest[..count].CopyTo(buffer);
        rest = rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

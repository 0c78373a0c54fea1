using System.IO.Pipelines;

namespace Rempart.Testing.Streams;

/// <summary>A stream of two directions in memory, such as a guest's console or a connection.</summary>
/// <param name="read">Gives what the other end sends; 0 bytes at its end.</param>
/// <param name="write">Takes what is sent to it.</param>
/// <param name="close">Called when it is disposed.</param>
public sealed class DuplexStream(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, Action? close = null) : Stream
{
    /// <summary>A stream made of two one-way ones.</summary>
    public DuplexStream(Stream from, Stream to)
        : this(from.ReadAsync, to.WriteAsync, () =>
        {
            from.Dispose();
            to.Dispose();
        })
    {
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

    /// <summary>One that gives back what is written to it.</summary>
    public static DuplexStream Echo()
    {
        var pipe = new Pipe();
        return new DuplexStream(pipe.Reader.AsStream(), pipe.Writer.AsStream());
    }

    /// <summary>Two ends: what is written to one is read from the other. A write ends when all of it was read: nothing is queued.</summary>
    public static (DuplexStream Near, DuplexStream Far) Pair()
    {
        var (there, back) = (new Pipe(Unqueued()), new Pipe(Unqueued()));
        return (End(back.Reader, there.Writer), End(there.Reader, back.Writer));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => read(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => write(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) close?.Invoke();
        base.Dispose(disposing);
    }

    private static DuplexStream End(PipeReader from, PipeWriter to)
    {
        var (read, write) = (from.AsStream(), to.AsStream());
        return new DuplexStream(read.ReadAsync, write.WriteAsync, () =>
        {
            from.CancelPendingRead();
            to.Complete();
        });
    }

    private static PipeOptions Unqueued() => new(pauseWriterThreshold: 1, resumeWriterThreshold: 1);
}

using System.IO.Pipelines;

namespace Rempart.Node.Tests.Agent;

/// <summary>A guest's console that shows what is typed.</summary>
internal sealed class EchoConsole : Stream
{
    private readonly Stream _shown;
    private readonly Stream _typed;

    public EchoConsole()
    {
        var pipe = new Pipe();
        (_shown, _typed) = (pipe.Reader.AsStream(), pipe.Writer.AsStream());
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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _shown.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _typed.WriteAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _shown.Dispose();
        _typed.Dispose();
        base.Dispose(disposing);
    }
}

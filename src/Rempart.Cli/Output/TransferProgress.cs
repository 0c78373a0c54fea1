namespace Rempart.Cli.Output;

/// <summary>A stream that draws a bar on the terminal while it is read.</summary>
/// <param name="inner">The bytes.</param>
/// <param name="length">How many there are.</param>
/// <param name="verb">What is done with them.</param>
/// <param name="error">The terminal.</param>
internal sealed class TransferProgress(Stream inner, long length, string verb, TextWriter error) : Stream
{
    private const int Cells = 30;

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private long _read;
    private long _drawn = -1;
    private bool _closed;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position { get => _read; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Count(await inner.ReadAsync(buffer, cancellationToken));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_closed && _drawn >= 0) error.Write("\r\e[2K");
        _closed = true;
        base.Dispose(disposing);
    }

    /// <summary>The bar at a moment.</summary>
    /// <param name="done">Bytes so far.</param>
    /// <param name="elapsed">Time so far.</param>
    internal string Draw(long done, TimeSpan elapsed)
    {
        var share = length == 0 ? 1 : Math.Min(1, (double)done / length);
        var full = (int)(share * Cells);
        var rate = elapsed.TotalSeconds > 0 ? done / elapsed.TotalSeconds / (1 << 20) : 0;
        return $"{verb} [{new string('█', full)}{new string('░', Cells - full)}] {share:P0} of {length / (double)(1 << 20):0.0} MiB, {rate:0.0} MiB/s";
    }

    private int Count(int n)
    {
        _read += n;
        var elapsed = TimeProvider.System.GetElapsedTime(_started);
        var step = (long)(elapsed.TotalMilliseconds / 200);
        if (_terminal && elapsed.TotalSeconds >= 1 && step != _drawn)
        {
            _drawn = step;
            error.Write("\r\e[2K" + Draw(_read, elapsed));
        }

        return n;
    }
}

namespace Rempart.ApiServer.Audit;

/// <summary>A file on disk, mode 0600.</summary>
internal sealed class AppendFile : IAppendFile
{
    private readonly FileStream _stream;

    private AppendFile(FileStream stream) => _stream = stream;

    public long Length => _stream.Length;

    /// <summary>
    /// Opens or makes a file. A new file's name is durable with its first sync: that is so for ext4, xfs and btrfs, although POSIX does
    /// not promise it.
    /// </summary>
    public static IAppendFile Open(string path)
    {
        var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            // Verifiers read meanwhile.
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        stream.Seek(0, SeekOrigin.End);
        return new AppendFile(stream);
    }

    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void Sync() => _stream.Flush(flushToDisk: true);

    public void Truncate(long length)
    {
        _stream.SetLength(length);
        _stream.Seek(0, SeekOrigin.End);
    }

    public void Dispose() => _stream.Dispose();
}

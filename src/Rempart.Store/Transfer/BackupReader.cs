using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rempart.Store.Transfer;

/// <summary>Reads a backup from front to back; everything in it is untrusted until the digest at its end was met.</summary>
internal sealed class BackupReader(string path) : IDisposable
{
    private readonly FileStream _stream = new(path, new FileStreamOptions { Access = FileAccess.Read, BufferSize = 1 << 16, Options = FileOptions.SequentialScan });
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string _last = "";

    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        var taken = new byte[bytes];
        await _stream.ReadExactlyAsync(taken, cancellationToken);
        _hash.AppendData(taken);
        return taken;
    }

    /// <summary>The next entry; null at the end. Its revisions are not kept in a backup.</summary>
    public async ValueTask<StoreEntry?> EntryAsync(CancellationToken cancellationToken)
    {
        var key = BinaryPrimitives.ReadInt32BigEndian((await TakeAsync(4, cancellationToken)).Span);
        if (key == -1) return null;
        var value = BinaryPrimitives.ReadInt32BigEndian((await TakeAsync(4, cancellationToken)).Span);
        if (key is < 1 or > StoreLimits.KeyBytes || value is < 1 or > StoreLimits.ValueBytes) throw new TransferException($"`{path}` has an entry of {key} and {value} bytes: it is damaged, use another");
        var name = Encoding.Latin1.GetString((await TakeAsync(key, cancellationToken)).Span);
        if (string.CompareOrdinal(name, _last) <= 0) throw new TransferException($"`{path}` has `{name}` behind `{_last}`: it is damaged, use another");
        _last = name;
        return new StoreEntry(name, await TakeAsync(value, cancellationToken), 1, 1);
    }

    /// <summary>Checks the end, after the last entry, and returns the digest.</summary>
    public async ValueTask<string> FinishAsync(long count, CancellationToken cancellationToken)
    {
        var said = BinaryPrimitives.ReadInt64BigEndian((await TakeAsync(8, cancellationToken)).Span);
        var digest = _hash.GetHashAndReset();
        var written = new byte[digest.Length];
        await _stream.ReadExactlyAsync(written, cancellationToken);
        if (said != count || !digest.AsSpan().SequenceEqual(written) || _stream.ReadByte() != -1) throw new TransferException($"`{path}` is not what was written: it is damaged, use another");
        return Convert.ToHexStringLower(digest);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }
}

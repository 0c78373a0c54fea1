using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Rempart.Linux;

namespace Rempart.Store.Transfer;

/// <summary>
/// A store as of one revision in a file: a line that names the format, revision, count, time and incarnation, then each entry
/// (lengths of key and value as 32 bits, big endian; key; value), then -1, the count, and SHA-256 of everything before.
/// </summary>
public sealed class BackupFile : IStoreSource
{
    private const string Format = "rempart-store-backup 1\n";
    private const int IncarnationBytes = 32;
    private const int HeadBytes = 23 + 24 + IncarnationBytes;
    private readonly string _path;

    private BackupFile(string path, long revision, long count, DateTimeOffset time, string incarnation, string digest) =>
        (_path, Revision, Count, Time, Incarnation, Digest) = (path, revision, count, time, incarnation, digest);

    public string Identity => $"backup {Incarnation}@{Revision} {Digest}";

    public long Revision { get; }

    public long Count { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Of the store that it was made of.</summary>
    public string Incarnation { get; }

    /// <summary>SHA-256 of the file's contents, hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>Writes a backup under another name, syncs it and renames it; readable by its owner alone.</summary>
    /// <param name="source">What is saved.</param>
    /// <param name="incarnation">Of the store, 32 characters.</param>
    /// <param name="path">The file; it must not exist.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellationToken">Gives up; nothing is left.</param>
    public static async Task<BackupFile> WriteAsync(IStoreSource source, string incarnation, string path, TimeProvider time, IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(progress);
        if (incarnation is not { Length: IncarnationBytes }) throw new ArgumentException($"an incarnation has {IncarnationBytes} characters", nameof(incarnation));
        if (File.Exists(path)) throw new TransferException($"`{path}` is there already: name another file, or remove it");
        var next = path + ".new";
        // Of a try that was killed; a file or link of somebody else's is not written to.
        File.Delete(next);
        try
        {
            await using (var stream = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, BufferSize = 1 << 16 }))
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                await PutAsync(stream, hash, Head(source, incarnation, time), cancellationToken);
                var count = 0L;
                await foreach (var entry in source.ReadAsync("", cancellationToken))
                {
                    var head = new byte[8 + entry.Key.Length];
                    BinaryPrimitives.WriteInt32BigEndian(head, entry.Key.Length);
                    BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), entry.Value.Length);
                    Encoding.ASCII.GetBytes(entry.Key, head.AsSpan(8));
                    await PutAsync(stream, hash, head, cancellationToken);
                    await PutAsync(stream, hash, entry.Value, cancellationToken);
                    if (++count % 256 == 0) progress.Report(new TransferProgress("saving", count, source.Count));
                }

                var end = new byte[12];
                BinaryPrimitives.WriteInt32BigEndian(end, -1);
                BinaryPrimitives.WriteInt64BigEndian(end.AsSpan(4), count);
                await PutAsync(stream, hash, end, cancellationToken);
                await stream.WriteAsync(hash.GetHashAndReset(), cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            // What was written is read again before it has the name of a backup.
            var made = await OpenAsync(next, progress, cancellationToken);
            File.Move(next, path, overwrite: false);
            DurableFile.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new BackupFile(path, made.Revision, made.Count, made.Time, made.Incarnation, made.Digest);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }

    /// <summary>Opens a backup and checks it whole.</summary>
    /// <exception cref="TransferException">It is no backup, is of a newer version, or is damaged.</exception>
    public static async Task<BackupFile> OpenAsync(string path, IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        try
        {
            using var reader = new BackupReader(path);
            var head = await reader.TakeAsync(HeadBytes, cancellationToken);
            var format = Encoding.ASCII.GetString(head.Span[..23]);
            if (format != Format) throw new TransferException(format.StartsWith(Format[..21], StringComparison.Ordinal) ? $"`{path}` was written by a newer version: restore it with that" : $"`{path}` is no backup of a store");
            var numbers = head.Span[23..];
            var count = BinaryPrimitives.ReadInt64BigEndian(numbers[8..]);
            var read = 0L;
            while (await reader.EntryAsync(cancellationToken) is not null)
            {
                if (++read % 4096 == 0) progress.Report(new TransferProgress("reading", read, count));
            }

            var digest = await reader.FinishAsync(read, cancellationToken);
            if (read != count) throw new TransferException($"`{path}` has {read} entries and says {count}: it is damaged, use another");
            return new BackupFile(path, BinaryPrimitives.ReadInt64BigEndian(head.Span[23..]), count,
                DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(head.Span[39..])), Encoding.ASCII.GetString(head.Span[47..]), digest);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new TransferException($"`{path}` can't be read whole: {failure.Message}");
        }
    }

    public async IAsyncEnumerable<StoreEntry> ReadAsync(string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new BackupReader(_path);
        await reader.TakeAsync(HeadBytes, cancellationToken);
        while (await reader.EntryAsync(cancellationToken) is { } entry)
        {
            if (string.CompareOrdinal(entry.Key, after) > 0) yield return entry;
        }
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static byte[] Head(IStoreSource source, string incarnation, TimeProvider time)
    {
        var head = new byte[HeadBytes];
        Encoding.ASCII.GetBytes(Format, head);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(23), source.Revision);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(31), source.Count);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(39), time.GetUtcNow().ToUnixTimeMilliseconds());
        Encoding.ASCII.GetBytes(incarnation, head.AsSpan(47));
        return head;
    }

    private static ValueTask PutAsync(FileStream stream, IncrementalHash hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        hash.AppendData(bytes.Span);
        return stream.WriteAsync(bytes, cancellationToken);
    }
}

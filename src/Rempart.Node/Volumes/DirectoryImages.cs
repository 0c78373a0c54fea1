using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;

namespace Rempart.Node.Volumes;

/// <summary>Images as folders `images/DIGEST` with `data` and `image.json`.</summary>
internal sealed class DirectoryImages(PoolFolder pool, ImageConverter converter) : IImageStore, IDisposable
{
    private const int Chunk = 1 << 20;
    private const long LargestKernel = 512L << 20;

    // Metadata of a qcow2 comes on top of its data: about 1/8192 of it, and some clusters.
    private const long Metadata = 64L << 20;
    private static readonly UnixFileMode Immutable = (UnixFileMode)0b100_100_100;
    private readonly ConversionRow conversions = new();

    /// <summary>Where clones of the images may be.</summary>
    public Func<IEnumerable<PoolFolder>> Cloners { get; init; } = () => [pool];

    public Task<IReadOnlyList<ImageRecord>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ImageRecord>>([.. Directory.EnumerateDirectories(pool.Images).Select(folder => Read(Path.GetFileName(folder))).OfType<ImageRecord>()]);

    public Task<ImageRecord?> FindAsync(string digest, CancellationToken cancellationToken) => Task.FromResult(Read(Checked(digest)));

    public async Task<ImageRecord> IngestAsync(ImageRequest request, Stream content, CancellationToken cancellationToken)
    {
        try
        {
            return await TakeInAsync(request, content, cancellationToken);
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            throw PoolFolder.Full(failure);
        }
    }

    private async Task<ImageRecord> TakeInAsync(ImageRequest request, Stream content, CancellationToken cancellationToken)
    {
        if (Read(Checked(request.Digest)) is { } here) return Same(here, request);
        using var staged = pool.Stage();
        var size = await ReceiveAsync(request, content, staged.File("upload"), cancellationToken);
        return await TakeAsync(request, staged.File("upload"), size, staged, cancellationToken);
    }

    public async Task<ImageRecord> IngestFileAsync(ImageRequest request, string path, CancellationToken cancellationToken)
    {
        if (Read(Checked(request.Digest)) is { } here) return Same(here, request);
        File.SetUnixFileMode(path, Immutable);
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var size = await VerifyAsync(request, content, cancellationToken);
        using var staged = pool.Stage();
        return await TakeAsync(request, path, size, staged, cancellationToken);
    }

    private async Task<ImageRecord> TakeAsync(ImageRequest request, string path, long size, StagedFolder staged, CancellationToken cancellationToken)
    {
        var virtualSize = 0L;
        if (request.Type == ImageType.Disk)
        {
            virtualSize = await conversions.RunAsync(() => converter.ConvertAsync(path, staged.File("data"), request, cancellationToken), cancellationToken);
            // With its folder, or by whose it is.
            if (Path.GetDirectoryName(path) == staged.Folder) File.Delete(path);
            File.SetUnixFileMode(staged.File("data"), Immutable);
            size = new FileInfo(staged.File("data")).Length;
        }
        else
        {
            File.Move(path, staged.File("data"));
        }
        var record = new ImageRecord(request.Digest, request.Type, size, virtualSize);
        DurableFile.Write(staged.File("image.json"), JsonSerializer.SerializeToUtf8Bytes(record, PoolJson.Default.ImageRecord), Immutable);

        await pool.Gate.WaitAsync(cancellationToken);
        try
        {
            // Another upload of the same bytes may have come first.
            if (Read(request.Digest) is { } other) return Same(other, request);
            staged.Publish(pool.Image(request.Digest));
            return record;
        }
        finally
        {
            pool.Gate.Release();
        }
    }

    public Task<SafeFileHandle> OpenAsync(string digest, CancellationToken cancellationToken) => Task.FromResult(Open(digest));

    public async Task DeleteAsync(string digest, CancellationToken cancellationToken)
    {
        Checked(digest);
        await pool.Gate.WaitAsync(cancellationToken);
        try
        {
            var clones = Cloners().Sum(cloner => DirectoryVolumes.Records(cloner).Count(volume => volume.Image == digest));
            if (clones > 0) throw new VolumeException(VolumeFault.InUse, $"{clones} volumes are clones of image `{digest}`; delete them first");
            pool.Discard(pool.Image(digest));
        }
        finally
        {
            pool.Gate.Release();
        }
    }

    public void Dispose() => conversions.Dispose();

    internal SafeFileHandle Open(string digest)
    {
        try
        {
            return File.OpenHandle(Path.Combine(pool.Image(Checked(digest)), "data"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new VolumeException(VolumeFault.NotFound, $"image `{digest}` is not on this host", exception);
        }
    }

    internal ImageRecord? Read(string digest)
    {
        var file = Path.Combine(pool.Image(digest), "image.json");
        return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), PoolJson.Default.ImageRecord) : null;
    }

    // A digest becomes a folder's name: nothing else may.
    private static string Checked(string digest) =>
        digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)
            ? digest
            : throw new VolumeException(VolumeFault.Refused, "a digest is 64 lower-case hexadecimal digits");

    private static ImageRecord Same(ImageRecord here, ImageRequest request) => here.Type == request.Type
        ? here
        : throw new VolumeException(VolumeFault.Conflict, $"image `{here.Digest}` is here as {here.Type}, not {request.Type}");

    /// <summary>Longest upload or file accepted for an image, in bytes.</summary>
    internal static long MostBytes(ImageRequest request) => request.Type == ImageType.Disk ? request.MaxVirtualSize + (request.MaxVirtualSize / 1024) + Metadata : LargestKernel;

    private async Task<long> ReceiveAsync(ImageRequest request, Stream content, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Immutable });
        var total = await HashAsync(request, content, async piece =>
        {
            pool.RequireRoom(piece.Length);
            await file.WriteAsync(piece, cancellationToken);
        }, cancellationToken);
        file.Flush(flushToDisk: true);
        return total;
    }

    private static async Task<long> VerifyAsync(ImageRequest request, FileStream content, CancellationToken cancellationToken)
    {
        var total = await HashAsync(request, content, _ => Task.CompletedTask, cancellationToken);
        // A stream that is open for reading has nothing to flush, as .NET sees it: the file's own sync is asked for.
        RandomAccess.FlushToDisk(content.SafeFileHandle);
        return total;
    }

    private static async Task<long> HashAsync(ImageRequest request, Stream content, Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellationToken)
    {
        var most = MostBytes(request);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var total = 0L;
            int read;
            while ((read = await content.ReadAsync(buffer.AsMemory(0, Chunk), cancellationToken)) > 0)
            {
                total += read;
                if (total > most) throw new VolumeException(VolumeFault.TooLarge, $"the file is longer than the {most} bytes allowed for it");
                hash.AppendData(buffer, 0, read);
                await take(buffer.AsMemory(0, read));
            }
            var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (digest != request.Digest) throw new VolumeException(VolumeFault.DigestMismatch, $"the bytes have the digest `sha256:{digest}`, and `sha256:{request.Digest}` is what the image must have");
            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

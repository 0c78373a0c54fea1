using System.Text.Json;
using Rempart.Linux;
using Rempart.Node.Machines;

namespace Rempart.Node.Volumes;

/// <summary>Volumes as folders `volumes/UID` with `disk.qcow2` and `volume.json`; a clone's image lies below it.</summary>
internal sealed class DirectoryVolumes(PoolFolder pool, DirectoryImages images) : IVolumeDriver
{
    private const string Disk = "disk.qcow2";
    private static readonly UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public Task<IReadOnlyList<VolumeRecord>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<VolumeRecord>>([.. Records(pool)]);

    public Task<VolumeRecord?> FindAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(Read(pool, Checked(uid)));

    public async Task<VolumeRecord> EnsureAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        Checked(request.Uid);
        await pool.Gate.WaitAsync(cancellationToken);
        try
        {
            if (Read(pool, request.Uid) is { } here) return Same(here, request);
            var size = Size(request);
            using var staged = pool.Stage();
            var header = Qcow2Header.Write(size);
            pool.RequireRoom(header.Length);
            DurableFile.Write(staged.File(Disk), header, Private);
            var record = new VolumeRecord(request.Uid, size, request.Image);
            DurableFile.Write(staged.File("volume.json"), JsonSerializer.SerializeToUtf8Bytes(record, PoolJson.Default.VolumeRecord), Private);
            staged.Publish(pool.Volume(request.Uid));
            return record;
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            throw PoolFolder.Full(failure);
        }
        finally
        {
            pool.Gate.Release();
        }
    }

    public Task<IReadOnlyList<DiskLayer>> OpenAsync(string uid, CancellationToken cancellationToken)
    {
        var record = Read(pool, Checked(uid)) ?? throw new VolumeException(VolumeFault.NotFound, $"volume `{uid}` is not on this host");
        var layers = new List<DiskLayer>();
        try
        {
            // Without the framework's own lock (FileShare.None): QEMU takes the lock that counts.
            layers.Add(new DiskLayer(File.OpenHandle(Path.Combine(pool.Volume(uid), Disk), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), DiskFormat.Qcow2, ReadOnly: false) { MostBytes = Qcow2Header.LargestFile(record.Size) });
            if (record.Image is { } image) layers.Add(new DiskLayer(images.Open(image), DiskFormat.Qcow2, ReadOnly: true));
            return Task.FromResult<IReadOnlyList<DiskLayer>>(layers);
        }
        catch
        {
            foreach (var layer in layers) layer.File.Dispose();
            throw;
        }
    }

    public Task<long?> UsedAsync(string uid, CancellationToken cancellationToken)
    {
        if (Read(pool, Checked(uid)) is null) return Task.FromResult<long?>(null);
        using var file = File.OpenHandle(Path.Combine(pool.Volume(uid), Disk), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Task.FromResult<long?>(SparseFile.Parts(file, RandomAccess.GetLength(file)).Sum(part => part.Length));
    }

    public async Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        Checked(uid);
        await pool.Gate.WaitAsync(cancellationToken);
        try
        {
            pool.Discard(pool.Volume(uid));
        }
        finally
        {
            pool.Gate.Release();
        }
    }

    public Task<FileSystemSpace> SpaceAsync(CancellationToken cancellationToken) => Task.FromResult(pool.Space());

    internal static IEnumerable<VolumeRecord> Records(PoolFolder pool) =>
        Directory.EnumerateDirectories(pool.Volumes).Select(folder => Read(pool, Path.GetFileName(folder))).OfType<VolumeRecord>();

    private static VolumeRecord? Read(PoolFolder pool, string uid)
    {
        var file = Path.Combine(pool.Volume(uid), "volume.json");
        return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), PoolJson.Default.VolumeRecord) : null;
    }

    // A uid becomes a folder's name: nothing else may.
    private static string Checked(string uid) =>
        Guid.TryParseExact(uid, "D", out var parsed) && parsed.ToString("D") == uid
            ? uid
            : throw new VolumeException(VolumeFault.Refused, "a volume's uid is a lower-case UUID");

    private static VolumeRecord Same(VolumeRecord here, VolumeRequest request)
    {
        if (here.Image != request.Image) throw new VolumeException(VolumeFault.Conflict, $"volume `{here.Uid}` is here as a clone of `{here.Image ?? "nothing"}`, not of `{request.Image ?? "nothing"}`");
        if (request.Size is { } size && size != here.Size) throw new VolumeException(VolumeFault.Conflict, $"volume `{here.Uid}` is {here.Size} bytes large; a volume that exists can't be resized yet");
        return here;
    }

    private long Size(VolumeRequest request)
    {
        var smallest = 512L;
        if (request.Image is { } digest)
        {
            var image = images.Read(digest) ?? throw new VolumeException(VolumeFault.NotFound, $"image `{digest}` is not on this host");
            if (image.Type != ImageType.Disk) throw new VolumeException(VolumeFault.Refused, $"image `{digest}` is a {image.Type}, and a volume is cloned from a Disk");
            smallest = image.VirtualSize;
        }
        var size = request.Size ?? (request.Image is null ? throw new VolumeException(VolumeFault.Refused, "a blank volume needs a size") : smallest);
        if (size < smallest) throw new VolumeException(VolumeFault.Refused, $"a volume of {size} bytes is smaller than its image, {smallest} bytes");
        if (size > Qcow2Header.MaxSize) throw new VolumeException(VolumeFault.TooLarge, $"a volume of {size} bytes is larger than {Qcow2Header.MaxSize}");
        return size % 512 == 0 ? size : throw new VolumeException(VolumeFault.Refused, $"a volume's size must be a multiple of 512 bytes, and {size} is not");
    }
}

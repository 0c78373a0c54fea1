using System.Diagnostics;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>A pool whose file system refuses although the room looked at before was there: files, not bytes, are used up, or others were quicker.</summary>
[Trait("level", "real")]
public sealed class FullPoolTests : IDisposable
{
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-0000000000aa";
    private readonly PoolFixture _pool = new(mebibytes: 16);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_a_volume_and_then_room()
    {
        var used = Directory.EnumerateFileSystemEntries(_pool.Root, "*", SearchOption.AllDirectories).Count() + 1;
        // A folder for what is staged, and no file in it.
        await RemountAsync($"nr_inodes={used + 1}");

        var upload = await Assert.ThrowsAsync<VolumeException>(() => _pool.IngestAsync([1, 2, 3], ImageType.Kernel));
        var volume = await Assert.ThrowsAsync<VolumeException>(() => _pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), Stop));

        Assert.Equal((VolumeFault.NoSpace, VolumeFault.NoSpace), (upload.Fault, volume.Fault));
        Assert.Contains("disk is full", upload.Message, StringComparison.Ordinal);
        Assert.Empty(_pool.Left);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_pool.Root, "staging")));
        Assert.Null(await _pool.Volumes.FindAsync(Uid, Stop));

        await RemountAsync($"nr_inodes={used + 100}");
        await _pool.IngestAsync([1, 2, 3], ImageType.Kernel);
        await _pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), Stop);
    }

    [Fact]
    public async Task What_is_deleted_from_a_pool_without_any_room_gives_room()
    {
        var image = await _pool.IngestAsync(new byte[1 << 20], ImageType.Kernel);
        await _pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), Stop);
        var filler = Path.Combine(_pool.Root, "seeds", "filler");
        await using (var file = new FileStream(filler, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            await Assert.ThrowsAnyAsync<IOException>(async () =>
            {
                while (true) await file.WriteAsync(new byte[64 * 1024], Stop);
            });
        }

        Assert.Equal(VolumeFault.NoSpace, (await Assert.ThrowsAsync<VolumeException>(() => _pool.IngestAsync([1], ImageType.Initrd))).Fault);
        await _pool.Volumes.DeleteAsync(Uid, Stop);
        await _pool.Images.DeleteAsync(image.Digest, Stop);

        Assert.Equal([filler], _pool.Left);
        Assert.True(_pool.Pool.Space().Available > 1 << 20, "the room did not come back");
    }

    public void Dispose() => _pool.Dispose();

    private async Task RemountAsync(string option)
    {
        using var mount = Process.Start("mount", ["-o", $"remount,{option}", _pool.Root]);
        await mount.WaitForExitAsync(Stop);
        Assert.Equal(0, mount.ExitCode);
    }
}

using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

public sealed class DirectoryVolumesTests : VolumeDriverConformance
{
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-000000000009";
    private readonly PoolFixture pool = new();

    private protected override IVolumeDriver Driver => pool.Volumes;

    protected override async Task<string> ImageAsync() => (await pool.IngestAsync(await pool.DiskAsync("image", "create", "-q", "-f", "qcow2", "{0}", "4M"))).Digest;

    private protected override IVolumeDriver Restart()
    {
        pool.Pool.Prepare();
        return new DirectoryVolumes(pool.Pool, pool.Images);
    }

    [Fact]
    public async Task A_clone_reads_its_image_through_an_explicit_node_and_writes_only_to_itself()
    {
        await pool.DiskAsync("image", "create", "-q", "-f", "qcow2", "{0}", "4M");
        await Programs.OutputAsync("qemu-io", "-f", "qcow2", "-c", "write -P 5 0 1M", pool.Scratch("image"));
        var image = await pool.IngestAsync(await File.ReadAllBytesAsync(pool.Scratch("image"), Token));
        await pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 8 << 20, image.Digest), Token);
        var before = PoolFixture.Digest(await File.ReadAllBytesAsync(Path.Combine(pool.Pool.Image(image.Digest), "data"), Token));

        var chain = $"driver=qcow2,file.driver=file,file.filename={pool.Pool.Volume(Uid)}/disk.qcow2,backing.driver=qcow2,backing.read-only=on,backing.file.driver=file,backing.file.filename={pool.Pool.Image(image.Digest)}/data";
        var output = await Programs.OutputAsync("qemu-io", "--image-opts", "-c", "read -P 5 0 1M", "-c", "write -P 6 0 4k", "-c", "read -P 6 0 4k", "-c", "read -P 5 4k 1020k", "-c", "read -P 0 4M 4M", chain);

        Assert.DoesNotContain("failed", output, StringComparison.Ordinal);
        Assert.Equal(before, PoolFixture.Digest(await File.ReadAllBytesAsync(Path.Combine(pool.Pool.Image(image.Digest), "data"), Token)));
    }

    [Fact]
    public async Task What_a_crash_left_half_made_or_half_deleted_is_swept()
    {
        await pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 8 << 20, null), Token);
        var whole = pool.Left.ToList();
        Directory.CreateDirectory(Path.Combine(pool.Root, "staging", "half"));
        await File.WriteAllTextAsync(Path.Combine(pool.Root, "staging", "half", "disk.qcow2"), "half", Token);

        pool.Pool.Prepare();

        Assert.Equal(whole, pool.Left);
    }

    [Fact]
    public async Task Nobody_but_root_can_enter_the_pool()
    {
        await pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 8 << 20, null), Token);

        var open = Directory.EnumerateDirectories(pool.Root, "*", SearchOption.AllDirectories).Append(pool.Root)
            .Where(folder => (File.GetUnixFileMode(folder) & (UnixFileMode)0b000_111_111) != UnixFileMode.None);
        Assert.Empty(open);
    }

    public override void Dispose() => pool.Dispose();
}

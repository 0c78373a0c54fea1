using System.Buffers.Binary;
using System.Text;
using Rempart.Node.Machines;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>Images that were made to harm, through the whole way of an upload: a clear refusal, nothing left, and the next upload goes on.</summary>
[Trait("level", "real")]
public sealed class HostileImageTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>, IDisposable
{
    private const int MiB = 1 << 20;
    private readonly PoolFixture pool = new(jail.Tool);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/etc/passwd", "raw")]
    [InlineData("/proc/self/fd/3", "qcow2")]
    [InlineData("json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}", "raw")]
    [InlineData("nbd://127.0.0.1:10809/x", "raw")]
    public async Task A_backing_file_is_refused(string backing, string format)
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", format, "{0}", "1M");
        await RefusedAsync(bytes, "backing file");
    }

    [Fact]
    public async Task A_data_file_is_refused()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "-o", $"data_file={pool.Scratch("data")},data_file_raw=on", "{0}", "1M");
        await RefusedAsync(bytes, "another file");
    }

    [Fact]
    public async Task An_encrypted_disk_is_refused()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "--object", "secret,id=s,data=abc", "-f", "qcow2", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", "{0}", "1M");
        await RefusedAsync(bytes, "encrypted");
    }

    [Theory]
    [InlineData("8 EiB large", 24, 0x7fff_ffff_ffff_fe00)]
    [InlineData("of negative size", 24, -512)]
    [InlineData("of clusters too small", 16, 0x0000_0000_0000_0000)]
    [InlineData("of an L1 table of 16 GiB", 32, 0x0000_0000_7fff_ffff)]
    [InlineData("of a refcount table of 128 TiB", 56, 0x7fff_ffff_0000_0000)]
    [InlineData("of two billion snapshots", 56, 0x0000_0001_7fff_ffff)]
    [InlineData("of unknown features", 72, -1)]
    [InlineData("encrypted as of old", 32, 0x0000_0001_0000_0001)]
    public async Task A_header_that_lies_is_refused(string lie, int offset, long value)
    {
        Assert.NotEmpty(lie);
        var bytes = await WholeAsync();
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(offset), value);
        await RefusedAsync(bytes);
    }

    [Theory]
    [InlineData("the L1 table is its own L2 table", 40)]
    [InlineData("the refcount table is its own block", 48)]
    public async Task Tables_that_hold_themselves_end_and_stay_within_the_size(string loop, int pointer)
    {
        Assert.NotEmpty(loop);
        var bytes = await WholeAsync();
        var table = (int)BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(pointer));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(table), pointer == 40 ? long.MinValue + table : table);
        await TakenOrRefusedAsync(bytes);
    }

    [Fact]
    public async Task An_L1_table_far_beyond_the_end_is_read_as_nothing_or_refused()
    {
        var bytes = await WholeAsync();
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(40), 0x7fff_ffff_0000_0000);
        await TakenOrRefusedAsync(bytes);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public async Task A_disk_cut_short_is_taken_or_refused_and_leaves_nothing_half(double part)
    {
        var bytes = await WholeAsync();
        await TakenOrRefusedAsync(bytes[..(int)(bytes.Length * part)]);
    }

    [Fact]
    public async Task Snapshots_inside_are_left_behind()
    {
        await WholeAsync();
        await Programs.OutputAsync("qemu-img", "snapshot", "-c", "secret-name", pool.Scratch("whole"));
        var image = await pool.IngestAsync(await File.ReadAllBytesAsync(pool.Scratch("whole"), Token));

        var data = await File.ReadAllBytesAsync(Path.Combine(pool.Pool.Image(image.Digest), "data"), Token);
        Assert.Equal(0, BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(60)));
        Assert.Equal(-1, data.AsSpan().IndexOf("secret-name"u8));
        Assert.Empty(jail.Left());
    }

    [Theory]
    [InlineData("vmdk", "")]
    [InlineData("vhdx", "")]
    [InlineData("vdi", "")]
    [InlineData("vpc", "")]
    [InlineData("qed", "")]
    [InlineData("vmdk with an extent by its whole path", "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 2 FLAT \"/etc/passwd\" 0\nddb.adapterType = \"ide\"\n")]
    [InlineData("a text", "#!/bin/sh\n")]
    public async Task Another_format_is_not_what_was_declared_and_as_raw_it_is_only_bytes(string format, string text)
    {
        byte[] bytes = text.Length > 0 ? [.. Encoding.ASCII.GetBytes(text), .. new byte[1024 - text.Length]] : await pool.DiskAsync("a", "create", "-q", "-f", format, "{0}", "4M");
        await RefusedAsync(bytes, "can't be read");

        var image = await pool.IngestAsync(bytes, format: DiskFormat.Raw, most: 256 * MiB);
        Assert.Equal((bytes.Length + 511) / 512 * 512, image.VirtualSize);
        await HoldsAsync(image, bytes);
    }

    [Fact]
    public async Task A_raw_disk_that_begins_as_qcow2_is_never_probed_neither_now_nor_below_a_clone()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-u", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", "{0}", "1M");
        var image = await pool.IngestAsync(bytes, format: DiskFormat.Raw);
        await HoldsAsync(image, bytes);

        const string volume = "6f1b5c1e-6a0f-4d55-9a55-000000000001";
        await pool.Volumes.EnsureAsync(new VolumeRequest(volume, null, image.Digest), Token);
        var layers = await pool.Volumes.OpenAsync(volume, Token);
        Assert.All(layers, layer => Assert.Equal(DiskFormat.Qcow2, layer.Format));
        Assert.InRange(layers[0].MostBytes, image.VirtualSize, image.VirtualSize + (17 * MiB));
        foreach (var layer in layers) layer.File.Dispose();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(4096, false)]
    public async Task Nothing_and_rubbish_are_refused(int length, bool raw) => await RefusedAsync([.. Enumerable.Repeat((byte)0xA5, length)], format: raw ? DiskFormat.Raw : DiskFormat.Qcow2);

    [Fact]
    public async Task A_small_upload_that_unfolds_beyond_the_pool_is_stopped_and_the_pool_is_as_before()
    {
        using var small = new PoolFixture(jail.Tool, mebibytes: 48);
        var bytes = await BombAsync(small);
        Assert.InRange(bytes.Length, 1, 4 * MiB);
        var before = small.Pool.Space().Available;

        var refused = await Assert.ThrowsAsync<VolumeException>(() => small.IngestAsync(bytes, most: 1L << 30));

        Assert.Equal(VolumeFault.NoSpace, refused.Fault);
        Assert.Empty(small.Left);
        Assert.Equal(before, small.Pool.Space().Available);
        Assert.Empty(jail.Left());
        await small.IngestAsync([1, 2, 3], ImageType.Kernel);
    }

    [Fact]
    public async Task A_compressed_disk_may_be_as_large_as_was_said_and_no_larger()
    {
        var bytes = await BombAsync(pool);
        var refused = await Assert.ThrowsAsync<VolumeException>(() => pool.IngestAsync(bytes, most: 16 * MiB));
        Assert.Equal(VolumeFault.TooLarge, refused.Fault);
        Assert.Empty(pool.Left);

        var image = await pool.IngestAsync(bytes, most: 128 * MiB);
        Assert.InRange(image.Size, 96 * MiB, Qcow2Header.LargestFile(image.VirtualSize));
    }

    [Fact]
    public async Task A_converter_that_writes_without_end_meets_its_limit()
    {
        await BombAsync(pool);
        var target = pool.Scratch("target");
        await File.Create(target).DisposeAsync();
        foreach (var (name, mode) in new[] { ("bomb", 0b100_100_100), ("target", 0b110_110_110) }) File.SetUnixFileMode(pool.Scratch(name), (UnixFileMode)mode);
        using var source = File.OpenHandle(pool.Scratch("bomb"));
        using var output = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

        var result = await jail.Tool.RunAsync(new JailedToolRun
        {
            Program = "/usr/bin/qemu-img",
            Arguments = ["convert", "-f", "qcow2", "-O", "qcow2", JailedToolRun.PathOf(0), JailedToolRun.PathOf(1)],
            Files = [source, output],
            MostFileBytes = 8 * MiB,
        }, Token);

        Assert.NotEqual(0, result.ExitCode);
        Assert.InRange(new FileInfo(target).Length, 1, 8 * MiB);
        Assert.Empty(jail.Left());
    }

    [Fact]
    public async Task A_converter_that_talks_without_end_is_ended_by_its_time()
    {
        var run = new JailedToolRun { Program = "/usr/bin/yes", Arguments = [], TimeLimit = TimeSpan.FromSeconds(2) };

        var failed = await Assert.ThrowsAsync<VolumeException>(() => jail.Tool.RunAsync(run, Token));

        Assert.Equal(VolumeFault.Failed, failed.Fault);
        Assert.Empty(jail.Left());
        Assert.Equal(4 * MiB, (await pool.IngestAsync(await WholeAsync())).VirtualSize);
    }

    [Fact]
    public async Task An_upload_cut_in_the_middle_leaves_nothing_and_comes_again_whole()
    {
        var bytes = await WholeAsync();
        await Assert.ThrowsAsync<IOException>(() => pool.Images.IngestAsync(new ImageRequest(PoolFixture.Digest(bytes), ImageType.Disk, DiskFormat.Qcow2, 64 * MiB), new CutStream(bytes[..(bytes.Length / 2)]), Token));
        Assert.Empty(pool.Left);

        Assert.Equal(PoolFixture.Digest(bytes), (await pool.IngestAsync(bytes)).Digest);
    }

    [Fact]
    public async Task Bytes_of_another_digest_never_reach_the_converter()
    {
        var refused = await Assert.ThrowsAsync<VolumeException>(async () => await pool.IngestAsync(await WholeAsync(), digest: new string('0', 64)));
        Assert.Equal(VolumeFault.DigestMismatch, refused.Fault);
        Assert.Empty(pool.Left);
    }

    public void Dispose() => pool.Dispose();

    /// <summary>A disk of 4 MiB, 1 MiB of it written.</summary>
    private async Task<byte[]> WholeAsync()
    {
        await pool.DiskAsync("whole", "create", "-q", "-f", "qcow2", "{0}", "4M");
        await Programs.OutputAsync("qemu-io", "-f", "qcow2", "-c", "write -P 5 0 1M", pool.Scratch("whole"));
        return await File.ReadAllBytesAsync(pool.Scratch("whole"), Token);
    }

    /// <summary>96 MiB of one letter, compressed.</summary>
    private static async Task<byte[]> BombAsync(PoolFixture pool)
    {
        var raw = pool.Scratch("raw");
        await File.WriteAllBytesAsync(raw, [.. Enumerable.Repeat((byte)'A', 96 * MiB)], Token);
        return await pool.DiskAsync("bomb", "convert", "-c", "-f", "raw", "-O", "qcow2", raw, "{0}");
    }

    private async Task RefusedAsync(byte[] bytes, string says = "", DiskFormat format = DiskFormat.Qcow2)
    {
        var refused = await Assert.ThrowsAsync<VolumeException>(() => pool.IngestAsync(bytes, format: format));
        Assert.True(refused.Fault is VolumeFault.Refused or VolumeFault.TooLarge, refused.Message);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.Message.Length, 10, 500);
        Assert.Empty(pool.Left);
        Assert.Empty(jail.Left());
    }

    private async Task TakenOrRefusedAsync(byte[] bytes)
    {
        try
        {
            var image = await pool.IngestAsync(bytes);
            Assert.InRange(image.Size, 1, Qcow2Header.LargestFile(image.VirtualSize));
            Assert.Equal(["data", "image.json"], pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
        catch (VolumeException refused)
        {
            Assert.Equal(VolumeFault.Refused, refused.Fault);
            Assert.Empty(pool.Left);
        }
        Assert.Empty(jail.Left());
    }

    // What a guest would read from it are the uploaded bytes.
    private async Task HoldsAsync(ImageRecord image, byte[] bytes)
    {
        var data = Path.Combine(pool.Pool.Image(image.Digest), "data");
        Assert.DoesNotContain("backing", await Programs.OutputAsync("qemu-img", "info", "--output=json", "-f", "qcow2", data), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(pool.Scratch("bytes"), bytes, Token);
        await Programs.OutputAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", pool.Scratch("bytes"), data);
    }
}

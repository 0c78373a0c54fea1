using Rempart.Node.Machines;
using Rempart.Node.Volumes;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Volumes;

[Trait("level", "real")]
public sealed class DirectoryImagesTests : IDisposable
{
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-000000000001";
    private readonly PoolFixture pool = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_becomes_a_clean_qcow2_under_its_digest()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "-o", "compat=0.10", "{0}", "4M");

        var image = await pool.IngestAsync(bytes);

        Assert.Equal(PoolFixture.Digest(bytes), image.Digest);
        Assert.Equal(4 << 20, image.VirtualSize);
        Assert.Equal([image], await pool.Images.ListAsync(Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(Path.Combine(pool.Pool.Image(image.Digest), "data")));
        Assert.Equal(["data", "image.json"], pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_raw_disk_that_looks_like_qcow2_stays_what_was_declared()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", "{0}", "1M");

        var image = await pool.IngestAsync(bytes, format: DiskFormat.Raw);

        Assert.Equal((bytes.Length + 511) / 512 * 512, image.VirtualSize);
    }

    [Fact]
    public async Task A_kernel_is_kept_as_it_came_and_anyone_may_read_the_descriptor()
    {
        byte[] bytes = [1, 2, 3];

        var image = await pool.IngestAsync(bytes, ImageType.Kernel);
        using var handle = await pool.Images.OpenAsync(image.Digest, Token);

        var read = new byte[3];
        await RandomAccess.ReadAsync(handle, read, 0, Token);
        Assert.Equal(bytes, read);
        Assert.Equal((UnixFileMode)0b100_100_100, File.GetUnixFileMode(handle));
    }

    [Fact]
    public async Task An_image_that_is_here_is_not_read_again()
    {
        await pool.IngestAsync([1, 2, 3], ImageType.Kernel);

        var again = await pool.Images.IngestAsync(new ImageRequest(PoolFixture.Digest([1, 2, 3]), ImageType.Kernel, DiskFormat.Raw, 0), Stream.Null, Token);

        Assert.Equal(3, again.Size);
        Assert.Equal(VolumeFault.Conflict, (await Assert.ThrowsAsync<VolumeException>(() => pool.IngestAsync([1, 2, 3], ImageType.Initrd))).Fault);
    }

    [Fact]
    public async Task Bytes_of_another_digest_are_refused() =>
        await RefusedAsync(VolumeFault.DigestMismatch, () => pool.IngestAsync([1], ImageType.Kernel, digest: PoolFixture.Digest([2])));

    [Theory]
    [InlineData("../../../etc/cron.d/x")]
    [InlineData("")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    public async Task A_digest_that_is_none_is_refused(string digest) =>
        await RefusedAsync(VolumeFault.Refused, () => pool.IngestAsync([1], ImageType.Kernel, digest: digest));

    [Fact]
    public async Task A_backing_file_is_refused()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", "{0}", "1M");
        await RefusedAsync(VolumeFault.Refused, () => pool.IngestAsync(bytes), "backing file");
    }

    [Fact]
    public async Task An_external_data_file_is_refused()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "-o", $"data_file={pool.Scratch("data")},data_file_raw=on", "{0}", "1M");
        await RefusedAsync(VolumeFault.Refused, () => pool.IngestAsync(bytes));
    }

    [Fact]
    public async Task A_disk_larger_than_allowed_is_refused()
    {
        var bytes = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "{0}", "1T");
        await RefusedAsync(VolumeFault.TooLarge, () => pool.IngestAsync(bytes), "maxVirtualSize");
    }

    [Fact]
    public async Task An_upload_that_does_not_end_is_cut_off()
    {
        var endless = new EndlessStream();
        await RefusedAsync(VolumeFault.TooLarge, () => pool.Images.IngestAsync(new ImageRequest(new string('0', 64), ImageType.Disk, DiskFormat.Raw, 1 << 20), endless, Token));
        Assert.InRange(endless.Given, 1, 100 << 20);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x51, 0x46, 0x49, 0xfb })]
    [InlineData(new byte[] { 0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff })]
    public async Task Rubbish_is_refused(byte[] bytes) => await RefusedAsync(VolumeFault.Refused, () => pool.IngestAsync(bytes));

    [Fact]
    public async Task A_qcow2_with_any_bytes_changed_is_taken_or_refused_but_never_more()
    {
        var whole = await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "{0}", "4M");
        var random = new Random(20261121);
        for (var round = 0; round < 25; round++)
        {
            var bytes = whole.ToArray();
            for (var change = 0; change < 4; change++) bytes[random.Next(112)] = (byte)random.Next(256);
            try
            {
                var image = await pool.IngestAsync(bytes);
                Assert.InRange(image.VirtualSize, 512, 64 << 20);
            }
            catch (VolumeException)
            {
                Assert.DoesNotContain(pool.Left, file => file.Contains("/staging/", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task An_image_is_kept_while_a_clone_needs_it()
    {
        var image = await pool.IngestAsync(await pool.DiskAsync("a", "create", "-q", "-f", "qcow2", "{0}", "4M"));
        await pool.Volumes.EnsureAsync(new VolumeRequest(Uid, null, image.Digest), Token);

        Assert.Equal(VolumeFault.InUse, (await Assert.ThrowsAsync<VolumeException>(() => pool.Images.DeleteAsync(image.Digest, Token))).Fault);

        await pool.Volumes.DeleteAsync(Uid, Token);
        await pool.Images.DeleteAsync(image.Digest, Token);
        await pool.Images.DeleteAsync(image.Digest, Token);
        Assert.Empty(pool.Left);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task An_image_that_an_agent_died_over_is_none_and_is_gone_when_the_next_one_begins(bool disk, bool converting)
    {
        var type = disk ? ImageType.Disk : ImageType.Kernel;
        var bytes = await pool.DiskAsync("image", "create", "-q", "-f", "qcow2", "{0}", "4M");
        var digest = PoolFixture.Digest(bytes);
        using var hanging = new HangingTool(1);
        using var dying = new DirectoryImages(pool.Pool, new ImageConverter(hanging, pool.Pool, "/usr/bin/qemu-img", TimeProvider.System));
        using var killed = new CancellationTokenSource();
        // All but its last byte has come, or all of it and its conversion does not end.
        var coming = dying.IngestAsync(new ImageRequest(digest, type, type == ImageType.Disk ? DiskFormat.Qcow2 : DiskFormat.Raw, 64 << 20), converting ? new MemoryStream(bytes) : new StalledStream(bytes[..^1]), killed.Token);
        await Eventually.HoldsAsync("bytes", () => pool.Left.Any(file => new FileInfo(file).Length >= bytes.Length - 1), TestContext.Current.CancellationToken);
        Assert.False(coming.IsCompleted);

        // As another process finds it that begins where this one died.
        await NothingOfItAsync(digest);
        pool.Pool.Prepare();
        Assert.Empty(pool.Left);
        await NothingOfItAsync(digest);
        Assert.Equal(digest, (await pool.IngestAsync(bytes, type, type == ImageType.Disk ? DiskFormat.Qcow2 : DiskFormat.Raw)).Digest);

        await killed.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => coming);
        Assert.NotNull(await pool.Images.FindAsync(digest, TestContext.Current.CancellationToken));
    }

    private async Task NothingOfItAsync(string digest)
    {
        Assert.Null(await pool.Images.FindAsync(digest, TestContext.Current.CancellationToken));
        Assert.Empty(await pool.Images.ListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(VolumeFault.NotFound, (await Assert.ThrowsAsync<VolumeException>(() => pool.Images.OpenAsync(digest, TestContext.Current.CancellationToken))).Fault);
        Assert.Equal(VolumeFault.NotFound, (await Assert.ThrowsAsync<VolumeException>(() => pool.Volumes.EnsureAsync(new VolumeRequest("6f1b5c1e-6a0f-4d55-9a55-000000000077", null, digest), TestContext.Current.CancellationToken))).Fault);
    }

    [Fact]
    public async Task A_kernel_is_no_base_of_a_volume()
    {
        var kernel = await pool.IngestAsync([1], ImageType.Kernel);
        var refused = await Assert.ThrowsAsync<VolumeException>(() => pool.Volumes.EnsureAsync(new VolumeRequest(Uid, 1 << 20, kernel.Digest), Token));
        Assert.Equal(VolumeFault.Refused, refused.Fault);
    }

    public void Dispose() => pool.Dispose();

    private async Task RefusedAsync(VolumeFault fault, Func<Task> act, string says = "")
    {
        var refused = await Assert.ThrowsAsync<VolumeException>(act);
        Assert.Equal(fault, refused.Fault);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Empty(pool.Left);
    }
}

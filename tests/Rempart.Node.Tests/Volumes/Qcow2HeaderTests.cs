using System.Text.Json;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

[Trait("level", "real")]
public sealed class Qcow2HeaderTests
{
    [Theory]
    [InlineData(512)]
    [InlineData(1 << 20)]
    [InlineData((1L << 29) + 512)]
    [InlineData(1536L << 20)]
    [InlineData(1L << 40)]
    [InlineData(Qcow2Header.MaxSize)]
    public async Task An_empty_disk_is_whole_in_the_eyes_of_qemu(long size)
    {
        using var scratch = new PoolFixture();
        var path = scratch.Scratch("disk.qcow2");
        await File.WriteAllBytesAsync(path, Qcow2Header.Write(size), TestContext.Current.CancellationToken);

        await Programs.OutputAsync("qemu-img", "check", "-f", "qcow2", path);
        using var info = JsonDocument.Parse(await Programs.OutputAsync("qemu-img", "info", "--output=json", "-f", "qcow2", path));

        Assert.Equal(size, info.RootElement.GetProperty("virtual-size").GetInt64());
        Assert.False(info.RootElement.TryGetProperty("backing-filename", out _));
        await Programs.OutputAsync("qemu-io", "-f", "qcow2", "-c", $"write -P 7 {size - 512} 512", "-c", "read -P 0 0 0", "-c", $"read -P 7 {size - 512} 512", path);
        await Programs.OutputAsync("qemu-img", "check", "-f", "qcow2", path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(513)]
    [InlineData(Qcow2Header.MaxSize + 512)]
    public void A_size_that_no_disk_has_is_refused(long size) => Assert.Throws<ArgumentOutOfRangeException>(() => Qcow2Header.Write(size));
}

using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

[Trait("level", "real")]
public sealed class ConversionRowTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_upload_goes_on_while_one_conversion_hangs()
    {
        using var tool = new HangingTool(disks: 1);
        using var pool = new PoolFixture(tool);
        var (first, second) = (await DiskAsync(pool, 1), await DiskAsync(pool, 2));
        var hung = pool.IngestAsync(first);
        await tool.HangsAsync(Stop);

        Assert.Equal(2 << 20, (await pool.IngestAsync(second)).VirtualSize);

        Assert.False(hung.IsCompleted);
        tool.LetGo();
        Assert.Equal(1 << 20, (await hung).VirtualSize);
    }

    [Fact]
    public async Task Two_are_converted_eight_wait_and_the_next_one_is_sent_away()
    {
        using var row = new ConversionRow();
        var (letGo, converting) = (new TaskCompletionSource<long>(), 0);
        var inside = Enumerable.Range(0, ConversionRow.AtATime + ConversionRow.Waiting).Select(_ => row.RunAsync(ConvertAsync, Stop)).ToList();
        Assert.Equal(ConversionRow.AtATime, converting);

        var refused = await Assert.ThrowsAsync<VolumeException>(() => row.RunAsync(ConvertAsync, Stop));

        Assert.Equal((VolumeFault.Busy, "8 uploads wait for their conversion on this node already; upload again later"), (refused.Fault, refused.Message));
        letGo.SetResult(5);
        Assert.All(await Task.WhenAll(inside), size => Assert.Equal(5, size));
        Assert.Equal(5, await row.RunAsync(ConvertAsync, Stop));

        Task<long> ConvertAsync()
        {
            Interlocked.Increment(ref converting);
            return letGo.Task;
        }
    }

    private static Task<byte[]> DiskAsync(PoolFixture pool, int mebibytes) => pool.DiskAsync($"disk{mebibytes}", "create", "-q", "-f", "qcow2", "{0}", $"{mebibytes}M");
}

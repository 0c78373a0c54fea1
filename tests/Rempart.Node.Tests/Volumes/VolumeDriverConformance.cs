using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>What every <see cref="IVolumeDriver"/> keeps.</summary>
[Trait("level", "conformance")]
public abstract class VolumeDriverConformance : IDisposable
{
    private const string First = "6f1b5c1e-6a0f-4d55-9a55-000000000001";
    private const string Second = "6f1b5c1e-6a0f-4d55-9a55-000000000002";
    private const long Size = 8 << 20;

    private protected abstract IVolumeDriver Driver { get; }

    /// <summary>Digest of an image of 4 MiB that is in the pool.</summary>
    protected abstract Task<string> ImageAsync();

    /// <summary>The driver anew over the same data, as after a crash of its process.</summary>
    private protected abstract IVolumeDriver Restart();

    [Fact]
    public async Task A_volume_is_listed_until_it_is_deleted()
    {
        var made = await Driver.EnsureAsync(new VolumeRequest(First, Size, null), Token);

        Assert.Equal(new VolumeRecord(First, Size, null), made);
        Assert.Equal([made], await Driver.ListAsync(Token));
        Assert.Equal(made, await Driver.FindAsync(First, Token));

        await Driver.DeleteAsync(First, Token);
        Assert.Empty(await Driver.ListAsync(Token));
        Assert.Null(await Driver.FindAsync(First, Token));
    }

    [Fact]
    public async Task Every_call_may_be_made_again()
    {
        var once = await Driver.EnsureAsync(new VolumeRequest(First, Size, null), Token);
        var again = await Driver.EnsureAsync(new VolumeRequest(First, Size, null), Token);
        Assert.Equal(once, again);

        await Driver.DeleteAsync(First, Token);
        await Driver.DeleteAsync(First, Token);
        await Driver.DeleteAsync(Second, Token);
    }

    [Fact]
    public async Task What_was_made_is_there_after_a_restart()
    {
        var image = await ImageAsync();
        var made = await Driver.EnsureAsync(new VolumeRequest(First, Size, image), Token);

        var restarted = Restart();

        Assert.Equal([made], await restarted.ListAsync(Token));
        foreach (var layer in await restarted.OpenAsync(First, Token)) layer.File.Dispose();
    }

    [Fact]
    public async Task A_clone_has_its_image_below_it_and_is_as_large_unless_asked()
    {
        var image = await ImageAsync();

        var clone = await Driver.EnsureAsync(new VolumeRequest(First, null, image), Token);
        var layers = await Driver.OpenAsync(First, Token);

        Assert.Equal(4 << 20, clone.Size);
        Assert.Equal([false, true], layers.Select(layer => layer.ReadOnly));
        Assert.Throws<UnauthorizedAccessException>(() => RandomAccess.Write(layers[1].File, new byte[1], 0));
        foreach (var layer in layers) layer.File.Dispose();
    }

    [Fact]
    public async Task Another_size_or_image_under_the_same_uid_is_a_conflict()
    {
        var image = await ImageAsync();
        await Driver.EnsureAsync(new VolumeRequest(First, Size, image), Token);

        Assert.Equal(VolumeFault.Conflict, await FaultAsync(new VolumeRequest(First, Size * 2, image)));
        Assert.Equal(VolumeFault.Conflict, await FaultAsync(new VolumeRequest(First, Size, null)));
    }

    [Fact]
    public async Task What_no_volume_can_be_is_refused_and_leaves_nothing()
    {
        var image = await ImageAsync();

        Assert.Equal(VolumeFault.Refused, await FaultAsync(new VolumeRequest(First, null, null)));
        Assert.Equal(VolumeFault.Refused, await FaultAsync(new VolumeRequest(First, 1 << 20, image)));
        Assert.Equal(VolumeFault.Refused, await FaultAsync(new VolumeRequest(First, Size + 1, null)));
        Assert.Equal(VolumeFault.Refused, await FaultAsync(new VolumeRequest(First, -512, null)));
        Assert.Equal(VolumeFault.TooLarge, await FaultAsync(new VolumeRequest(First, 1L << 50, null)));
        Assert.Equal(VolumeFault.NotFound, await FaultAsync(new VolumeRequest(First, Size, new string('0', 64))));
        Assert.Equal(VolumeFault.Refused, await FaultAsync(new VolumeRequest("../images", Size, null)));
        Assert.Empty(await Driver.ListAsync(Token));
    }

    [Fact]
    public async Task A_volume_that_is_not_there_can_not_be_opened() =>
        Assert.Equal(VolumeFault.NotFound, (await Assert.ThrowsAsync<VolumeException>(() => Driver.OpenAsync(Second, Token))).Fault);

    [Fact]
    public async Task Many_calls_at_once_make_one_volume()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Driver.EnsureAsync(new VolumeRequest(First, Size, null), Token), Token)));

        Assert.Single(all.Distinct());
        Assert.Single(await Driver.ListAsync(Token));
    }

    [Fact]
    public async Task A_volume_says_what_its_own_data_take()
    {
        var image = await ImageAsync();
        Assert.Null(await Driver.UsedAsync(First, Token));
        await Driver.EnsureAsync(new VolumeRequest(First, Size, image), Token);
        var empty = Assert.NotNull(await Driver.UsedAsync(First, Token));
        Assert.InRange(empty, 1, 1 << 20);
        var layers = await Driver.OpenAsync(First, Token);
        await RandomAccess.WriteAsync(layers[0].File, new byte[2 << 20], 16 << 20, Token);
        foreach (var layer in layers) layer.File.Dispose();
        Assert.Equal(empty + (2 << 20), await Driver.UsedAsync(First, Token));
        await Driver.DeleteAsync(First, Token);
        Assert.Null(await Driver.UsedAsync(First, Token));
    }

    [Fact]
    public async Task The_pool_says_how_much_room_it_has()
    {
        var space = await Driver.SpaceAsync(Token);
        Assert.InRange(space.Available, 1, space.Total);
    }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public abstract void Dispose();

    private async Task<VolumeFault> FaultAsync(VolumeRequest request) => (await Assert.ThrowsAsync<VolumeException>(() => Driver.EnsureAsync(request, Token))).Fault;
}

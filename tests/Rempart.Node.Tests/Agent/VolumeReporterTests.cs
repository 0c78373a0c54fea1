using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Node.Agent;
using Rempart.Node.Tests.Migration;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Agent;

public sealed class VolumeReporterTests
{
    private const long Mebi = 1L << 20;

    [Theory]
    [InlineData(null, 5, 5)]
    [InlineData(5L, 68, 5)]
    [InlineData(5L, 69, 69)]
    [InlineData(500L, 437, 500)]
    [InlineData(500L, 436, 436)]
    public void It_is_told_anew_when_it_has_changed_enough_to_matter(long? told, long used, long says)
    {
        var old = new VolumeStatus { Size = Quantity.FromBytes(2048 * Mebi), Used = told is { } was ? Quantity.FromBytes(was * Mebi) : null };
        Assert.Equal(Quantity.FromBytes(says * Mebi), VolumeReporter.Status(old, used * Mebi).Used);
        // Of a large one a hundredth.
        Assert.Equal(told is null ? used : told, (long)(VolumeReporter.Status(old with { Size = Quantity.FromBytes(65536 * Mebi) }, used * Mebi).Used!.Value.Value / Mebi));
    }

    [Fact]
    public async Task An_agent_tells_of_its_own_volumes_alone()
    {
        await using var world = new LoneAgent();
        var other = Guid.NewGuid().ToString("D");
        foreach (var (name, uid, node) in new[] { ("web-root", world.VolumeUid, "h1"), ("db-root", other, "h2") })
        {
            world.Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = name, Uid = uid }, Spec = new(), Status = new() { Phase = "Ready", NodeName = node, Pool = StoragePool.Home, Size = Quantity.Parse("2Gi") } });
            await world.Host.EnsureAsync(new(uid, 2L << 30, null), TestContext.Current.CancellationToken);
        }

        world.Host.Used = 100 * Mebi;
        world.Start();
        await world.UntilAsync("a figure", () => world.Api.Find<Volume>("p", "web-root")!.Status!.Used == Quantity.Parse("100Mi"));
        world.Host.Used = 300 * Mebi;
        await Eventually.HoldsAsync("another one", world.Time, TimeSpan.FromSeconds(5), () => world.Api.Find<Volume>("p", "web-root")!.Status!.Used == Quantity.Parse("300Mi"), TestContext.Current.CancellationToken);
        Assert.Null(world.Api.Find<Volume>("p", "db-root")!.Status!.Used);
    }
}

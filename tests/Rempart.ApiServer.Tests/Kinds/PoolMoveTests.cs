using static Rempart.ApiServer.Tests.Kinds.MoveWorld;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>Moves of volumes to other pools: what may be asked for, and their commit.</summary>
public sealed class PoolMoveTests
{
    [Fact]
    public async Task What_is_no_volume_of_the_machine_or_no_pool_is_refused_by_its_field()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        await world.MachineAsync("n");
        Task<string> Refused(string volumes, string more = "") => RefusedAsync(422, world.CreateAsync(0, "m", "x", $",\"volumes\":[{volumes}]{more}"));

        Assert.Contains("spec.volumes[0].pool: Not found: \"quick\"", await Refused("""{"name":"m-v0","pool":"quick"}"""), StringComparison.Ordinal);
        Assert.Contains("spec.volumes[1].name: Invalid value: \"n-v0\": no volume of machine `m`, which has `m-v0`, `m-v1`", await Refused("""{"name":"m-v0","pool":"fast"},{"name":"n-v0","pool":"fast"}"""), StringComparison.Ordinal);
        Assert.Contains("spec.volumes[1].name: Duplicate value: \"m-v0\"", await Refused("""{"name":"m-v0","pool":"fast"},{"name":"m-v0","pool":"fast"}"""), StringComparison.Ordinal);
        Assert.Contains("spec.volumes[0].pool: Invalid value: \"local\": volume `m-v0` is there already", await Refused("""{"name":"m-v0","pool":"local"}"""), StringComparison.Ordinal);
        Assert.Contains("spec.volumes[0].pool", await Refused("""{"name":"m-v0"}"""), StringComparison.Ordinal);
        Assert.Contains("spec.volumes[0].pool: Not found: \"../images\"", await Refused("""{"name":"m-v0","pool":"../images"}"""), StringComparison.Ordinal);
        Assert.Contains("spec.volumes: Too many", await Refused(string.Join(",", Enumerable.Range(0, 10).Select(i => $$"""{"name":"m-v{{i % 2}}","pool":"fast"}"""))), StringComparison.Ordinal);
        // On another host even the same pool is another one.
        await DoneAsync(world.CreateAsync(0, "m", "x", ",\"targetNode\":\"host2\",\"volumes\":[{\"name\":\"m-v0\",\"pool\":\"local\"}]"));
        Assert.Equal(422, (await world.Servers[0].PatchAsync(Moves + "/x", """{"spec":{"volumes":[{"name":"m-v0","pool":"fast"}]}}""")).Code);
    }

    [Fact]
    public async Task Disks_of_a_stopped_machine_move_on_its_host_and_the_machine_alone_does_not()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        await DoneAsync(world.Servers[0].PostAsync(Machines + "/m/stop", "{}"));
        Assert.Contains("its disks can go to other pools", await RefusedAsync(422, world.CreateAsync(0, "m", "x")), StringComparison.Ordinal);
        var commit = await world.MoveAsync("m", "y", "host1", "host1", ",\"volumes\":[{\"name\":\"m-v0\",\"pool\":\"fast\"}]");
        await DoneAsync(world.CommitAsync(0, "m", commit));
        Assert.Equal("fast", await PoolAsync(world, "m-v0"));
    }

    [Theory]
    [InlineData(2, "host1")]
    [InlineData(2, "host2")]
    [InlineData(9, "host1")]
    [InlineData(9, "host2")]
    public async Task The_commit_says_where_each_volume_is_and_leaves_what_was_asked_for_at_its_creation(int volumes, string target)
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m", volumes);
        var asked = string.Join(",", Enumerable.Range(1, volumes - 1).Select(i => $$"""{"name":"m-v{{i}}","pool":"fast"}"""));
        var commit = await world.MoveAsync("m", "x", "host1", target, $",\"volumes\":[{asked}]{(target == "host1" ? "" : ",\"targetNode\":\"host2\"")}");
        await RefusedAsync(403, world.CommitAsync(0, "m", commit, "host3"));
        await DoneAsync(world.CommitAsync(0, "m", commit));
        await DoneAsync(world.CommitAsync(0, "m", commit));

        var machine = (await world.Servers[0].GetAsync(Machines + "/m")).Body["status"]!;
        Assert.Equal((target, 2), (machine["nodeName"]!.GetValue<string>(), machine["runGeneration"]!.GetValue<int>()));
        Assert.Equal("local", await PoolAsync(world, "m-v0"));
        for (var i = 1; i < volumes; i++) Assert.Equal("fast", await PoolAsync(world, $"m-v{i}"));
        Assert.Equal(volumes, (await world.Servers[0].GetAsync($"{Volumes}?fieldSelector=status.nodeName%3D{target}")).Body["items"]!.AsArray().Count);
        Assert.Contains("the move can only go on", await RefusedAsync(422, world.CancelAsync(0, "x")), StringComparison.Ordinal);

        // The manifest of before, applied again, neither fails nor moves anything back.
        await DoneAsync(world.Servers[0].PatchAsync(Volumes + "/m-v1", """{"spec":{"size":"1Gi"}}"""));
        Assert.Equal("fast", await PoolAsync(world, "m-v1"));
        Assert.Contains("status.pool", await RefusedAsync(403, world.PatchAsync(0, $"system:node:{target},O=system:nodes", Volumes + "/m-v1/status", """{"status":{"pool":"local"}}""")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_of_disks_that_is_given_up_is_not_committed()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        var commit = await world.MoveAsync("m", "x", "host1", "host1", ",\"volumes\":[{\"name\":\"m-v0\",\"pool\":\"fast\"}]");
        await DoneAsync(world.CancelAsync(0, "x"));
        Assert.Contains("the move is being given up", await RefusedAsync(409, world.CommitAsync(0, "m", commit)), StringComparison.Ordinal);
        Assert.Equal("local", await PoolAsync(world, "m-v0"));
    }

    private static async Task<string?> PoolAsync(MoveWorld world, string volume) => (await world.Servers[0].GetAsync($"{Volumes}/{volume}")).Body["status"]!["pool"]?.GetValue<string>();
}

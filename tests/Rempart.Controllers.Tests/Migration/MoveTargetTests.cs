using Rempart.Api.Compute;
using Rempart.Api.Infra;
using Rempart.Api.Networking;
using Rempart.Controllers.Tests.Compute;
using static Rempart.Controllers.Tests.Migration.ControlledMoves;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>Where moves go, and which are refused before they begin.</summary>
public sealed class MoveTargetTests
{
    [Fact]
    public async Task What_can_not_work_is_refused_before_it_begins()
    {
        await using var world = World("512Mi");
        world.Api.Seed(Machine("a", "512Mi") with { Status = Machine("a", "512Mi").Status! with { Accelerator = "kvm" } });
        world.Api.Seed(Host("host1", ["fpu", "avx2", "avx512f"]));
        world.Api.Seed(Host("host2", ["fpu", "avx2"]));
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal(("TargetRefused", "node `host2` lacks the processor's flag `avx512f`, which the guest may use"), (Status(world, "x").Reason, Status(world, "x").Message));

        await MoveAsync(world, "y", "a");
        await world.UntilAsync("refused", () => Status(world, "y").Phase == MigrationPhase.Failed);
        Assert.Equal("NoTarget", Status(world, "y").Reason);
        Assert.Contains("no other node can take the machine: `host2` lacks the processor's flag `avx512f`", Status(world, "y").Message, StringComparison.Ordinal);
        Assert.Null(Status(world, "y").TargetNode);
    }

    [Fact]
    public async Task A_host_that_is_not_at_a_network_of_the_machine_is_no_target()
    {
        await using var world = World("512Mi");
        var machine = Machine("a", "512Mi");
        world.Api.Seed(machine with { Spec = machine.Spec with { NetworkInterfaces = [new() { Name = "eth0", Network = "machines" }] } });
        world.Api.Seed(new Network { Metadata = new() { Namespace = "p", Name = "machines" }, Spec = new() { Type = "Internal", Provider = new() { Network = "floor" } } });
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal(("TargetRefused", "node `host2` lacks the provider network `floor`"), (Status(world, "x").Reason, Status(world, "x").Message));
        world.Api.Seed(new Host { Metadata = new() { Name = "host2" }, Spec = new() { Profile = "p", ProviderNetworks = [new() { Name = "floor", Device = "eth1" }] }, Status = new() { ProviderNetworks = [new() { Name = "floor", Ready = true }] } });
        await MoveAsync(world, "y", "a");
        await world.UntilAsync("begun", () => Status(world, "y") is { Phase: MigrationPhase.Preparing, TargetNode: "host2" });
    }

    [Theory]
    [InlineData(8, "")]
    [InlineData(10, "; and 2 more")]
    public async Task Eight_hosts_that_can_not_take_a_machine_are_named(int hosts, string rest)
    {
        await using var world = World("512Mi");
        for (var i = 0; i < hosts; i++) world.Api.Seed(MachineWorld.Node($"host{i + 2}", world.Time.GetUtcNow().AddYears(1)) with { Spec = new() { Unschedulable = true } });
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        var named = Enumerable.Range(2, hosts).Select(i => $"host{i}").Order(StringComparer.Ordinal).Take(8).Select(name => $"`{name}` is cordoned");
        Assert.Equal($"no other node can take the machine: {string.Join("; ", named)}{rest}", Status(world, "x").Message);
    }

    [Fact]
    public async Task A_host_that_takes_nothing_new_is_no_target()
    {
        await using var world = World("512Mi");
        world.Api.Seed(MachineWorld.Node("host2", world.Time.GetUtcNow()) with { Spec = new() { Unschedulable = true } });
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal("node `host2` is cordoned", Status(world, "x").Message);
    }

    [Fact]
    public async Task Two_moves_do_not_count_on_the_same_room()
    {
        await using var world = World("2500Mi");
        world.Api.Seed(Machine("b", "2500Mi"));
        await MoveAsync(world, "x", "a");
        await MoveAsync(world, "y", "b");
        await world.UntilAsync("one begun, one refused", () => Status(world, "x").Phase is MigrationPhase.Preparing or MigrationPhase.Failed && Status(world, "y").Phase is MigrationPhase.Preparing or MigrationPhase.Failed);
        Assert.Equal([MigrationPhase.Failed, MigrationPhase.Preparing], new[] { Status(world, "x").Phase, Status(world, "y").Phase }.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_moves_do_not_count_on_the_same_room_in_a_pool(bool onHost)
    {
        await using var world = World("512Mi");
        world.Api.Seed(Machine("b", "512Mi"));
        foreach (var machine in (string[])["a", "b"]) HasVolume(world, machine, "2Gi");
        world.Api.Seed(Pools("host1", "3Gi"));
        world.Api.Seed(Pools("host2", "3Gi"));
        async Task BeginAsync(string move, string machine)
        {
            if (onHost) await DisksAsync(world, move, machine);
            else await MoveAsync(world, move, machine);
            await world.UntilAsync("a word", () => Status(world, move).Phase is MigrationPhase.Preparing or MigrationPhase.Failed);
        }

        await BeginAsync("x", "a");
        Assert.Equal(MigrationPhase.Preparing, Status(world, "x").Phase);
        await BeginAsync("y", "b");
        var (node, pool) = onHost ? ("host1", "fast") : ("host2", "local");
        var why = $"has 3Gi free in pool `{pool}`, 2Gi of it for other moves under way, and volume `b-root` needs 2Gi: delete volumes there, or make its file system larger";
        Assert.Equal((MigrationPhase.Failed, onHost ? ("NoRoom", $"node `{node}` {why}") : ("NoTarget", $"no other node can take the machine: `{node}` {why}")), (Status(world, "y").Phase, (Status(world, "y").Reason, Status(world, "y").Message)));
        Assert.Null(Status(world, "y").TargetNode);

        // What has arrived is seen in what is free.
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Transferring, Progress = new() { Disks = new() { TransferredBytes = 3L << 29 } } } });
        world.Api.Seed(Pools(node, "2560Mi"));
        await BeginAsync("z", "b");
        Assert.Equal(MigrationPhase.Preparing, Status(world, "z").Phase);
    }

    [Fact]
    public async Task Both_moves_asked_for_at_once_do_not_count_on_the_same_room_in_a_pool()
    {
        await using var world = World("512Mi");
        world.Api.Seed(Machine("b", "512Mi"));
        foreach (var machine in (string[])["a", "b"]) HasVolume(world, machine, "2Gi");
        world.Api.Seed(Pools("host1", "3Gi"));
        await world.SettleAsync();
        world.Api.Together(() =>
        {
            world.Api.Seed(Disks(world, "x", "a"));
            return world.Api.Seed(Disks(world, "y", "b"));
        });
        await world.UntilAsync("one begun, one refused", () => Status(world, "x").Phase is MigrationPhase.Preparing or MigrationPhase.Failed && Status(world, "y").Phase is MigrationPhase.Preparing or MigrationPhase.Failed);
        Assert.Equal([MigrationPhase.Failed, MigrationPhase.Preparing], new[] { Status(world, "x").Phase, Status(world, "y").Phase }.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_host_whose_pool_has_room_is_chosen_before_one_that_is_better_otherwise()
    {
        await using var world = World("512Mi");
        world.Api.Seed(MachineWorld.Node("host3", world.Time.GetUtcNow().AddYears(1), memory: "1Gi"));
        world.Api.Seed(MachineWorld.Image("host1", "host2", "host3"));
        HasVolume(world, "a", "2Gi");
        world.Api.Seed(Pools("host2", "1Gi"));
        world.Api.Seed(Pools("host3", "8Gi"));
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal("node `host2` has 1Gi free in pool `local`, and volume `a-root` needs 2Gi: delete volumes there, or make its file system larger", Status(world, "x").Message);
        await MoveAsync(world, "y", "a");
        await world.UntilAsync("begun", () => Status(world, "y") is { Phase: MigrationPhase.Preparing, TargetNode: "host3" });
    }
}

using Rempart.Api.Compute;

namespace Rempart.Node.Tests.Migration;

/// <summary>Disks that go from pool to pool, under a guest that checks each of its pages and blocks.</summary>
[Trait("level", "real")]
public sealed class PoolMoveTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_machines_disk_goes_to_another_pool_and_back_and_then_to_another_host_and_pool()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        Assert.Equal("local", world.Pool);
        foreach (var pool in new[] { "fast", "local", "fast" })
        {
            await world.CompletedAsync(world.MoveDisk(pool));
            await world.AssertInPoolAsync(pool);
        }
        var (here, there) = (world.Here, world.There);
        await world.CompletedAsync(world.Move(spec => spec with { TargetNode = there.Name, Volumes = [new() { Name = "web-root", Pool = "slow" }] }));
        Assert.Equal(there, world.Here);
        Assert.Empty(here.Left);
        await world.AssertInPoolAsync("slow");
        // Whatever its pool: to a host alone, its volumes go along to the pool of the same name.
        await world.CompletedAsync(world.Move());
        await world.AssertInPoolAsync("slow");
        Assert.Equal(here, world.Here);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disk_that_is_given_up_or_has_no_room_stays_where_it_is_and_leaves_no_trace(bool full)
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        await world.FillDiskAsync(5);
        if (full) world.Here.MountPool("fast", mebibytes: 3);
        var move = world.MoveDisk("fast", bandwidth: full ? null : 1 << 20);
        if (!full)
        {
            await world.SaysAsync(move, "progress", status => status.Source?.Progress?.Disks?.TransferredBytes > 0);
            world.Api.Together(() => world.Api.Seed(world.Find(move) with { Spec = world.Find(move).Spec with { Cancel = true } }));
        }
        await world.SaysAsync(move, "a disk that stays", status => status is { Phase: MigrationPhase.Canceled or MigrationPhase.Failed, Source.State: MigrationState.Resumed });
        Assert.Equal(full ? MigrationPhase.Failed : MigrationPhase.Canceled, world.Find(move).Status!.Phase);
        if (full) Assert.Contains("pool `fast` has room for", world.Find(move).Status!.Message, StringComparison.Ordinal);
        await world.AssertInPoolAsync("local");
        // And it can still go, as if nothing had been.
        await world.CompletedAsync(world.MoveDisk("slow"));
        await world.AssertInPoolAsync("slow");
    }

    [Fact]
    public async Task An_agent_that_is_killed_at_any_word_leaves_one_truth_and_the_move_comes_to_its_end()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        await world.FillDiskAsync(5);
        foreach (var word in new[] { MigrationState.Preparing, MigrationState.Transferring, MigrationState.Sent, "Commit", MigrationState.Released })
        {
            foreach (var after in new[] { false, true })
            {
                var pool = world.Pool == "local" ? "fast" : "local";
                var cut = world.Here.Line.CutAt(word, after);
                var move = world.MoveDisk(pool, Slowly(word));
                await MoveWorld.UntilAsync($"word {word}", () => Task.FromResult(cut.IsCompleted || MigrationPhase.IsEnded(world.Find(move).Status?.Phase)), () => world.Describe(move));
                Assert.True(cut.IsCompleted, $"{word} was never said: {world.Describe(move)}");
                await world.Here.RestartAgentAsync();
                await world.CompletedAsync(move);
                await world.AssertInPoolAsync(pool);
            }
        }
    }

    // Before the commit the old file is the right one; behind it the disk goes on to the new one, whatever had to be copied again.
    [Theory]
    [InlineData(MigrationState.Transferring, false, Traits = ["length", "long"])]
    [InlineData(MigrationState.Sent, false)]
    [InlineData("Commit", false, Traits = ["length", "long"])]
    [InlineData("Commit", true)]
    [InlineData(MigrationState.Released, false, Traits = ["length", "long"])]
    public async Task A_QEMU_that_is_killed_at_any_word_starts_again_from_the_right_file(string word, bool after)
    {
        await using var world = new MoveWorld();
        await world.StartAsync(RestartPolicy.Never, sync: 1);
        await world.FillDiskAsync(5);
        var cut = world.Here.Line.CutAt(word, after);
        var move = world.MoveDisk("fast", Slowly(word));
        await MoveWorld.UntilAsync($"word {word}", () => Task.FromResult(cut.IsCompleted || MigrationPhase.IsEnded(world.Find(move).Status?.Phase)), () => world.Describe(move));
        Assert.True(cut.IsCompleted, $"{word} was never said: {world.Describe(move)}");
        await world.Here.RoundsAsync(world.Uid, 40, Cancellation);
        await world.Here.KillMachineAsync(world.Uid, Cancellation);
        var rounds = PageGuest.Rounds(await world.Here.ConsoleAsync(world.Uid, Cancellation))[^1];
        await world.Here.RestartAgentAsync();
        await world.SaysAsync(move, "the end", status => MigrationPhase.IsEnded(status.Phase));
        await MoveWorld.UntilAsync("one file", () => Task.FromResult(world.Here.PoolsOf(world.VolumeUid) is [var only] && only == world.Pool), () => string.Join(", ", world.Here.Left));
        await PageBlocks.AssertKeptAsync(world.Here.ChainOf(world.Pool!, world.VolumeUid, world.Machine.Status!.Template!.RootDisk.Digest), rounds, Cancellation);
        // And it starts from there.
        await world.PowerAsync(PowerState.Stopped, MachinePhase.Stopped);
        await world.PowerAsync(PowerState.Running, MachinePhase.Running);
    }

    [Fact]
    public async Task A_stopped_machines_disk_is_copied_and_the_machine_starts_from_the_copy()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        await world.PowerAsync(PowerState.Stopped, MachinePhase.Stopped);
        var cut = world.Here.Line.CutAt("Commit", after: true);
        var move = world.MoveDisk("fast");
        await MoveWorld.UntilAsync("the commit", () => Task.FromResult(cut.IsCompleted), () => world.Describe(move));
        await world.Here.RestartAgentAsync();
        await world.CompletedAsync(move);
        Assert.Equal("fast", world.Pool);
        Assert.Equal(["fast"], world.Here.PoolsOf(world.VolumeUid));
        await world.PowerAsync(PowerState.Running, MachinePhase.Running);
        await world.AssertInPoolAsync("fast");
    }

    // All at once, it is never said to go on.
    private static long? Slowly(string word) => word == MigrationState.Transferring ? 1 << 20 : null;
}

using Rempart.Api.Compute;
using Rempart.Runtime.Conditions;

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

    [Fact]
    [Trait("length", "long")]
    public async Task Several_disks_of_a_machine_go_together_and_each_of_them_alone()
    {
        await using var world = new MoveWorld();
        await world.StartAsync(data: 16);
        await world.FillDataAsync(5);
        // An agent that dies amid of it goes on with both.
        var cut = world.Here.Line.CutAt(MigrationState.Transferring, after: true);
        var both = world.MoveDisks("fast", bandwidth: 2 << 20);
        await MoveWorld.UntilAsync("a word", () => Task.FromResult(cut.IsCompleted || MigrationPhase.IsEnded(world.Find(both).Status?.Phase)), () => world.Describe(both));
        Assert.True(cut.IsCompleted, world.Describe(both));
        await world.Here.RestartAgentAsync();
        await world.CompletedAsync(both);
        await world.AssertInPoolAsync("fast");
        await world.AssertDataAsync("fast", 5);

        await world.CompletedAsync(world.Move(spec => spec with { Volumes = [new() { Name = "web-data", Pool = "slow" }] }));
        await world.AssertInPoolAsync("fast");
        await world.AssertDataAsync("slow", 5);
        // Only what is elsewhere goes, and to another host both go along, each to its own pool.
        await world.CompletedAsync(world.MoveDisks("slow"));
        await world.AssertInPoolAsync("slow");
        await world.CompletedAsync(world.Move(spec => spec with { TargetNode = world.There.Name, Volumes = [new() { Name = "web-data", Pool = "fast" }] }));
        await world.AssertInPoolAsync("slow");
        await world.AssertDataAsync("fast", 5);
    }

    [Fact]
    [Trait("length", "long")]
    public async Task Disks_that_fit_one_by_one_and_not_together_all_stay()
    {
        await using var world = new MoveWorld();
        await world.StartAsync(data: 16);
        await world.FillDiskAsync(4);
        await world.FillDataAsync(4);
        world.Here.MountPool("fast", mebibytes: 8);
        var move = world.MoveDisks("fast");
        await world.SaysAsync(move, "disks that stay", status => status is { Phase: MigrationPhase.Failed, Source.State: MigrationState.Resumed });
        Assert.Contains("pool `fast` has room for", world.Find(move).Status!.Message, StringComparison.Ordinal);
        Assert.Contains("and volumes `web-root`, `web-data` need", world.Find(move).Status!.Message, StringComparison.Ordinal);
        await world.AssertInPoolAsync("local");
        await world.AssertDataAsync("local", 4);
        Assert.DoesNotContain(world.Here.Left, left => left.StartsWith("fast/", StringComparison.Ordinal));
        // Each by itself does.
        await world.CompletedAsync(world.MoveDisk("fast"));
        await world.AssertInPoolAsync("fast");
    }

    [Fact]
    public async Task A_machine_that_is_held_for_want_of_room_goes_on_when_its_disk_is_in_another_pool()
    {
        await using var world = new MoveWorld();
        await world.StartAsync(sync: 1);
        world.Here.MountPool("tight", mebibytes: 8);
        await world.CompletedAsync(world.MoveDisk("tight"));
        world.Here.FillPool("tight");
        // The guest writes each block anew, and some of them for the first time.
        await MoveWorld.UntilAsync("a machine that is held", () => Task.FromResult(world.Machine.Status is { Phase: MachinePhase.Paused } status && status.Conditions.Find("Running")?.Reason == "DiskFull"));
        var held = PageGuest.Rounds(await world.Here.ConsoleAsync(world.Uid, Cancellation)).Count;

        var move = world.MoveDisk("local");
        await world.CompletedAsync(move);
        // Nobody resumes it: it has room now.
        await MoveWorld.UntilAsync("a machine that goes on", () => Task.FromResult(world.Machine.Status is { Phase: MachinePhase.Running }));
        await world.AssertInPoolAsync("local");
        var console = await world.Here.ConsoleAsync(world.Uid, Cancellation);
        Assert.True(PageGuest.Rounds(console).Count > held);
        // What it wrote while there was no room is not lost: it reads each block back.
        await world.Here.RoundsAsync(world.Uid, 300, Cancellation);
        PageGuest.AssertWhole(await world.Here.ConsoleAsync(world.Uid, Cancellation));
    }

    // All at once, it is never said to go on.
    private static long? Slowly(string word) => word == MigrationState.Transferring ? 1 << 20 : null;
}

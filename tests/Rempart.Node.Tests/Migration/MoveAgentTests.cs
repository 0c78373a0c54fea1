using Rempart.Api.Compute;

namespace Rempart.Node.Tests.Migration;

[Trait("level", "real")]
public sealed class MoveAgentTests
{
    [Fact]
    public async Task A_machine_goes_to_the_other_host_and_back_and_leaves_nothing()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        for (var run = 1; run <= 2; run++)
        {
            var target = world.There.Name;
            var move = world.Move();
            await world.SaysAsync(move, "the end", status => MigrationPhase.IsEnded(status.Phase));
            Assert.True(world.Find(move).Status!.Phase == MigrationPhase.Completed, world.Describe(move));
            Assert.Equal((target, 1L + run), (world.Machine.Status!.NodeName, world.Machine.Status.RunGeneration));
            Assert.NotNull(world.Find(move).Status!.Source!.DowntimeMilliseconds);
            await world.AssertWholeAsync(move);
        }
    }

    [Fact]
    public async Task An_agent_that_is_killed_at_any_word_leaves_one_running_copy_and_the_move_comes_to_an_end()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        (bool Source, string Word)[] words =
        [
            (false, MigrationState.Preparing), (false, MigrationState.Listening), (false, "Commit"), (false, MigrationState.Running),
            (true, MigrationState.Preparing), (true, MigrationState.Transferring), (true, MigrationState.Sent), (true, MigrationState.Released),
        ];
        foreach (var (source, word) in words)
        {
            foreach (var after in new[] { false, true })
            {
                var node = source ? world.Here : world.There;
                var cut = node.Line.CutAt(word, after);
                var move = world.Move();
                await MoveWorld.UntilAsync($"word {word} of {node.Name}", () => Task.FromResult(cut.IsCompleted || MigrationPhase.IsEnded(world.Find(move).Status?.Phase)), () => world.Describe(move));
                Assert.True(cut.IsCompleted, $"{word} was never said by the {(source ? "source" : "target")}: {world.Describe(move)}");
                await node.RestartAgentAsync();
                await world.SaysAsync(move, $"the end after {(source ? "source" : "target")} {word} {after}", status => MigrationPhase.IsEnded(status.Phase));
                await world.AssertWholeAsync(move);
            }
        }
    }

    [Fact]
    public async Task A_move_that_is_given_up_while_it_goes_on_leaves_the_machine_where_it_was()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        var here = world.Here;
        var move = world.Move(spec => spec with { Bandwidth = Rempart.Api.Meta.Quantity.FromBytes(4 << 20) });
        await world.SaysAsync(move, "progress", status => status.Source?.Progress?.TransferredBytes > 4 << 20);
        world.Api.Together(() => world.Api.Seed(world.Find(move) with { Spec = world.Find(move).Spec with { Cancel = true } }));
        await world.SaysAsync(move, "a machine that is back", status => status is { Phase: MigrationPhase.Canceled, Source.State: MigrationState.Resumed, Target.State: MigrationState.Released });
        await world.AssertWholeAsync(move);
        Assert.Equal(here, world.Here);
    }

    [Fact]
    public async Task A_target_whose_process_is_killed_costs_the_move_and_not_the_machine()
    {
        await using var world = new MoveWorld();
        await world.StartAsync();
        var (here, there) = (world.Here, world.There);
        var move = world.Move(spec => spec with { Bandwidth = Rempart.Api.Meta.Quantity.FromBytes(4 << 20) });
        await world.SaysAsync(move, "progress", status => status.Source?.Progress?.TransferredBytes > 4 << 20);
        await there.Driver.KillAsync(world.Uid, TestContext.Current.CancellationToken);
        await world.SaysAsync(move, "a machine that is back", status => status is { Phase: MigrationPhase.Failed, Source.State: MigrationState.Resumed });
        await world.AssertWholeAsync(move);
        Assert.Equal(here, world.Here);
    }
}

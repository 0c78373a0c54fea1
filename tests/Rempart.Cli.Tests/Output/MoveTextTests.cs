using System.Text.Json.Nodes;
using Rempart.Cli.Commands;
using Rempart.Cli.Output;

namespace Rempart.Cli.Tests.Output;

public sealed class MoveTextTests
{
    [Fact]
    public void What_is_left_is_drawn_with_rate_and_estimate() => Assert.Equal(
        "[████████████░░░░░░░░░░░░] 50 %, memory 256.0 MiB of 512.0 MiB left, disks 1.5 GiB of 3.0 GiB left, 100.0 MiB/s, about 17 s",
        MoveText.Line(Move("""{"phase":"Transferring","source":{"progress":{"totalBytes":536870912,"remainingBytes":268435456,"bytesPerSecond":104857600,"estimatedSecondsLeft":17,"disks":{"totalBytes":3221225472,"remainingBytes":1610612736}}}}""")));

    [Theory]
    [InlineData("""{"phase":"Transferring","source":{"progress":{"totalBytes":1024,"remainingBytes":2048}}}""", "[░░░░░░░░░░░░░░░░░░░░░░░░] 0 %, memory 2.0 KiB of 1.0 KiB left, the guest writes faster than it can be sent")]
    [InlineData("""{"phase":"Transferring","source":{"progress":{}}}""", "[░░░░░░░░░░░░░░░░░░░░░░░░] 0 %, memory 0 B of 0 B left, the guest writes faster than it can be sent")]
    [InlineData("""{"phase":"Preparing","message":"moves from node `a` to node `b`"}""", "Preparing: moves from node `a` to node `b`")]
    [InlineData("{}", "Pending")]
    public void A_line_is_made_of_whatever_is_known(string status, string expected) => Assert.Equal(expected, MoveText.Line(Move(status)));

    [Fact]
    public void In_the_end_it_says_how_long_the_guest_stood_still() => Assert.Equal(
        "moved from host1 to host2 in 12 s, the guest stood still for 41 ms",
        MoveText.Outcome(Move("""{"sourceNode":"host1","targetNode":"host2","startedAt":"2026-01-01T10:00:00Z","completedAt":"2026-01-01T10:00:12Z","source":{"downtimeMilliseconds":41}}""")));

    [Fact]
    public void Of_disks_alone_no_memory_is_told()
    {
        var move = Move("""{"phase":"Transferring","sourceNode":"h1","targetNode":"h1","source":{"progress":{"bytesPerSecond":104857600,"estimatedSecondsLeft":15,"disks":{"totalBytes":3221225472,"remainingBytes":1610612736}}},"startedAt":"2026-01-01T10:00:00Z","completedAt":"2026-01-01T10:00:12Z","reason":"SourceFailed","message":"the pool is full"}""");
        move["spec"] = JsonNode.Parse("""{"volumes":[{"name":"m-root","pool":"fast"},{"name":"m-data","pool":"slow"}]}""");
        Assert.Equal("[████████████░░░░░░░░░░░░] 50 %, disks 1.5 GiB of 3.0 GiB left, 100.0 MiB/s, about 15 s", MoveText.Line(move));
        Assert.Equal("stays on h1, its disks went in 12 s: m-root to pool fast, m-data to pool slow", MoveText.Outcome(move));
        Assert.Equal("the move failed, and virtualmachine/m has its disks where they were: the pool is full; see `rempart describe mm x -n p`", MigrateCommand.Failure("m", move));
    }

    [Theory]
    [InlineData("fast", false, """[{"name":"m-data","pool":"fast"}]""")]
    [InlineData("fast", true, """[{"name":"m-data","pool":"fast"},{"name":"m-root","pool":"fast"}]""")]
    [InlineData("m-data=slow fast", true, """[{"name":"m-data","pool":"slow"},{"name":"m-root","pool":"fast"}]""")]
    [InlineData("m-root=slow", false, """[{"name":"m-root","pool":"slow"}]""")]
    public void Pools_are_asked_for_all_volumes_or_for_one(string values, bool leaves, string expected) =>
        Assert.Equal(expected, PoolWish.Volumes("m", values.Split(' '), new Dictionary<string, string?> { ["m-root"] = "fast", ["m-data"] = "local" }, leaves).ToJsonString());

    [Theory]
    [InlineData("local fast", "all volumes can't go to `local` and to `fast`: name them, as in `--pool m-root=local`")]
    [InlineData("m-root=a m-root=b", "`--pool` names volume `m-root` twice")]
    [InlineData("m-swap=a", "machine `m` has no volume `m-swap`; it has `m-data`, `m-root`")]
    [InlineData("=a", "`--pool =a`: write `VOLUME=POOL`, or `POOL` for all volumes of the machine")]
    [InlineData("fast", "all volumes of machine `m` are in pool `fast` already")]
    public void A_wish_for_pools_that_means_nothing_says_why(string values, string expected) =>
        Assert.Equal(expected, Assert.Throws<CliException>(() => PoolWish.Volumes("m", values.Split(' '), new Dictionary<string, string?> { ["m-root"] = "fast", ["m-data"] = "fast" }, leaves: false)).Message);

    [Theory]
    [InlineData("NoTarget", "; make room, uncordon a host, or add one")]
    [InlineData("TargetFailed", "; see `rempart describe mm x -n p`")]
    [InlineData("MachineGone", "")]
    public void A_failure_says_what_to_do(string reason, string expected) => Assert.Equal(expected, MigrateCommand.Hint(Move($$$"""{"reason":"{{{reason}}}"}""")));

    [Theory]
    [InlineData("""{"phase":"Failed","reason":"TargetLost","sourceNode":"h1","message":"gone"}""", "the move failed, and virtualmachine/m runs as before: gone; see `rempart describe mm x -n p`")]
    [InlineData("""{"phase":"Failed","reason":"MachineGone","sourceNode":"h1","message":"gone"}""", "the move failed: gone")]
    [InlineData("""{"phase":"Failed","reason":"MachineNotRunning","message":"paused"}""", "the move failed: paused")]
    [InlineData("""{"phase":"Failed","reason":"SourceLost","message":"silent"}""", "the move failed: silent; see `rempart describe mm x -n p`")]
    [InlineData("""{"phase":"Failed","reason":"Timeout","message":"the machine did not run"}""", "the move failed: the machine did not run")]
    [InlineData("""{"phase":"Canceled","reason":"MachineStopped","sourceNode":"h1","message":"is to be stopped"}""", "the move was given up: is to be stopped")]
    [InlineData("""{"phase":"Canceled","reason":"Deleted","sourceNode":"h1","message":"was deleted"}""", "the move was given up, and virtualmachine/m runs as before: was deleted")]
    public void That_a_machine_runs_as_before_is_said_only_where_it_does(string status, string expected) => Assert.Equal(expected, MigrateCommand.Failure("m", Move(status)));

    [Theory]
    [InlineData("migrate m --cancel --to host2")]
    [InlineData("migrate m --cancel --pool fast")]
    [InlineData("migrate")]
    [InlineData("migrate m --downtime-limit soon")]
    public void A_wish_that_makes_no_sense_is_a_usage_error(string line) => Assert.NotEmpty(RootProgram.Build().Parse(line).Errors);

    private static JsonObject Move(string status) => new() { ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "p" }, ["status"] = JsonNode.Parse(status) };
}

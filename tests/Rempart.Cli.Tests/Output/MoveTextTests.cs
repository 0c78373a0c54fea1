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
    [InlineData("migrate")]
    [InlineData("migrate m --downtime-limit soon")]
    public void A_wish_that_makes_no_sense_is_a_usage_error(string line) => Assert.NotEmpty(RootProgram.Build().Parse(line).Errors);

    private static JsonObject Move(string status) => new() { ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "p" }, ["status"] = JsonNode.Parse(status) };
}

using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Machines;

public sealed class MachineExitTests
{
    private static readonly MachineRecord Running = new()
    {
        Uid = "7d4c9a52-0000-4000-8000-000000000001",
        Name = "a/b",
        HostUid = 300_000,
        BootId = "boot",
        JailDigest = "digest",
        Step = MachineStep.Running,
    };

    private static readonly MachineRecord Stopping = Running with { StopDeadline = DateTimeOffset.UnixEpoch };

    public static TheoryData<string, string> Ends => new()
    {
        { "shutdown", nameof(ExitReason.GuestShutdown) },
        { "shutdown after stop", nameof(ExitReason.Stopped) },
        { "panic after stop", nameof(ExitReason.GuestPanic) },
        { "killed for memory while stopping", nameof(ExitReason.OOMKilled) },
        { "killed as asked", nameof(ExitReason.Killed) },
        { "killed at the deadline", nameof(ExitReason.Killed) },
        { "killed from outside while stopping", nameof(ExitReason.Error) },
        { "crashed", nameof(ExitReason.Error) },
        { "nothing recorded", nameof(ExitReason.Error) },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void The_reason_follows_from_the_facts(string end, string reason) => Assert.Equal(reason, Decide(end).Reason.ToString());

    [Theory]
    [InlineData("crashed", "signal 11: qemu: oops")]
    [InlineData("nothing recorded", "nothing recorded how")]
    [InlineData("killed at the deadline", "did not shut down in time")]
    public void The_message_says_what_people_ask(string end, string words) => Assert.Contains(words, Decide(end).Message, StringComparison.Ordinal);

    [Fact]
    public void A_record_survives_reading_back_and_one_of_another_version_is_refused()
    {
        var ended = Stopping with { Step = MachineStep.Ended, Exit = new WorkloadExit(ExitReason.Error, null, "x"), Pid = 5, PidStart = 6 };
        Assert.Equal(ended, MachineRecord.Parse(ended.ToJson()));
        // What the version of before has written is read, and written anew as this one's.
        foreach (var older in new[] { 1, 2 }) Assert.Equal(ended, MachineRecord.Parse((ended with { Version = older }).ToJson()));
        Assert.Throws<System.Text.Json.JsonException>(() => MachineRecord.Parse((ended with { Version = 4 }).ToJson()));
        Assert.Throws<System.Text.Json.JsonException>(() => MachineRecord.Parse("""{"version":1}"""u8));
    }

    private static WorkloadExit Decide(string end) => end switch
    {
        "shutdown" => MachineExit.Decide(Running with { GuestEnd = RunningMachine.GuestShutdown }, 0, 0, ""),
        "shutdown after stop" => MachineExit.Decide(Stopping with { GuestEnd = RunningMachine.GuestShutdown }, 137, 0, ""),
        "panic after stop" => MachineExit.Decide(Stopping with { GuestEnd = RunningMachine.GuestPanicked }, 0, 0, ""),
        "killed for memory while stopping" => MachineExit.Decide(Stopping with { KillRequested = true }, 137, 1, ""),
        "killed as asked" => MachineExit.Decide(Running with { KillRequested = true }, 137, 0, ""),
        "killed at the deadline" => MachineExit.Decide(Stopping with { KillRequested = true }, 137, 0, ""),
        "killed from outside while stopping" => MachineExit.Decide(Stopping, 137, 0, ""),
        "crashed" => MachineExit.Decide(Running, 139, 0, "qemu: oops"),
        _ => MachineExit.Decide(Running, null, 0, ""),
    };
}

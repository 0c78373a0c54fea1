using Rempart.Api.Compute;
using Rempart.Node.Agent;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Agent;

public sealed class MachineDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly WorkloadState Absent = new("u", WorkloadPhase.Absent);
    private static readonly WorkloadState Running = new("u", WorkloadPhase.Running) { StartedAt = Now.AddMinutes(-5), Starts = 1 };
    private static readonly WorkloadState Stopping = Running with { Phase = WorkloadPhase.Stopping, StopDeadline = Now.AddSeconds(30) };

    private static readonly WorkloadState Paused = Running with { Phase = WorkloadPhase.Paused };

    private static readonly VirtualMachine Machine = new() { Metadata = new() { Namespace = "p", Name = "web", Uid = "u" }, Spec = new() { Template = "t", Class = "c" } };
    internal static VirtualMachine Any => Machine;

    private static readonly VirtualMachine Off = Machine with { Spec = Machine.Spec with { PowerState = PowerState.Stopped } };
    private static readonly VirtualMachine Deleted = Machine with { Metadata = Machine.Metadata with { DeletionTimestamp = Now } };

    private static readonly MachineAction StartByPolicy = new MachineAction.Start(ByPolicy: true);
    private static readonly MachineAction StartAsAsked = new MachineAction.Start(ByPolicy: false);
    private static readonly MachineAction Rest = new MachineAction.Rest(null);

    [Fact]
    public void Each_state_has_its_next_step()
    {
        (string Story, VirtualMachine Machine, WorkloadState State, MachineAction Expected)[] table =
        [
            ("wanted and never started", Machine, Absent, StartAsAsked),
            ("wanted and half started", Machine, Absent with { Phase = WorkloadPhase.Incomplete }, StartAsAsked),
            ("wanted and running", Machine, Running, Rest),
            ("unwanted and running", Off, Running, new MachineAction.Stop(TimeSpan.FromSeconds(90))),
            ("unwanted, with no grace", Off with { Spec = Off.Spec with { StopGracePeriodSeconds = 0 } }, Running, new MachineAction.Kill()),
            ("unwanted and on its way", Off, Stopping, new MachineAction.Rest(Stopping.StopDeadline)),
            ("wanted and paused", Machine, Paused, Rest),
            ("unwanted and paused", Off, Paused, new MachineAction.Stop(TimeSpan.FromSeconds(90))),
            ("deleted and paused", Deleted, Paused, new MachineAction.Stop(TimeSpan.FromSeconds(90))),
            ("unwanted and off", Off, Ended(ExitReason.Stopped), Rest),
            ("wanted again after it was asked to stop", Machine, Ended(ExitReason.Stopped), StartAsAsked),
            ("crashed a while ago", Machine, Ended(ExitReason.Error), StartByPolicy),
            ("crashed this moment", Machine, Ended(ExitReason.Error) with { FinishedAt = Now }, new MachineAction.Rest(Now.AddSeconds(1))),
            ("crashed, never restarted", With(RestartPolicy.Never), Ended(ExitReason.Error), Rest),
            ("powered itself off, always", With(RestartPolicy.Always), Ended(ExitReason.GuestShutdown), StartByPolicy),
            ("powered itself off, on failure", With(RestartPolicy.OnFailure), Ended(ExitReason.GuestShutdown), Rest),
            ("panicked, on failure", With(RestartPolicy.OnFailure), Ended(ExitReason.GuestPanic), StartByPolicy),
            ("the host restarted", Machine, Ended(ExitReason.HostRestart), StartByPolicy),
            ("deleted and running", Deleted, Running, new MachineAction.Stop(TimeSpan.FromSeconds(90))),
            ("deleted in a hurry", Deleted with { Metadata = Deleted.Metadata with { DeletionGracePeriodSeconds = 0 } }, Running, new MachineAction.Kill()),
            ("deleted and off", Deleted, Ended(ExitReason.Stopped), new MachineAction.Remove()),
            ("deleted and never here", Deleted, Absent, new MachineAction.Remove()),
        ];
        foreach (var (story, machine, state, expected) in table)
        {
            Assert.Equal((story, expected), (story, MachineDecision.Decide(machine, state, new MachineNotes(), Now).Action));
        }
    }

    [Fact]
    public void A_machine_held_by_a_full_disk_goes_on_when_there_is_room_unless_somebody_holds_it_too()
    {
        var held = Paused with { LacksRoom = true };
        var onDemand = Machine with { Status = new() { Operation = new() { Id = "o", Type = "Pause" }, OperationResult = new() { Id = "o", Outcome = "Succeeded" } } };
        Assert.Equal(Rest, MachineDecision.Decide(Machine, held, new MachineNotes(), Now).Action);
        Assert.Equal(new MachineAction.Resume(), MachineDecision.Decide(Machine, held, new MachineNotes(), Now, roomAgain: true).Action);
        Assert.Equal(Rest, MachineDecision.Decide(onDemand, held, new MachineNotes(), Now, roomAgain: true).Action);
        Assert.Equal(new MachineAction.Stop(TimeSpan.FromSeconds(90)), MachineDecision.Decide(Off, held, new MachineNotes(), Now, roomAgain: true).Action);
    }

    [Fact]
    public void A_resume_without_room_is_tried_once_and_fails_with_the_reason()
    {
        var held = Paused with { LacksRoom = true };
        var asked = Machine with { Status = new() { Operation = new() { Id = "o", Type = "Resume" } } };
        var first = MachineDecision.Decide(asked, held, new MachineNotes(), Now);
        Assert.Equal((new MachineAction.Resume(), null), (first.Action, first.Result));
        var second = MachineDecision.Decide(asked, held, first.Notes, Now);
        Assert.Equal(("Failed", Rest), (second.Result?.Outcome, second.Action));
        Assert.Contains("full", second.Result!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_keeps_ending_soon_waits_longer_and_one_that_ran_long_begins_anew()
    {
        var (notes, waits) = (new MachineNotes(), new List<int>());
        for (var starts = 1; starts <= 8; starts++)
        {
            var decision = MachineDecision.Decide(Machine, Ended(ExitReason.Error) with { Starts = starts, FinishedAt = Now, StartedAt = Now.AddSeconds(-3) }, notes, Now);
            notes = decision.Notes;
            waits.Add((int)(((MachineAction.Rest)decision.Action).LookAgain!.Value - Now).TotalSeconds);
        }
        Assert.Equal([1, 10, 20, 40, 80, 160, 300, 300], waits);
        var after = MachineDecision.Decide(Machine, Ended(ExitReason.Error) with { Starts = 9, FinishedAt = Now, StartedAt = Now.AddHours(-1) }, notes, Now);
        Assert.Equal(new MachineAction.Rest(Now.AddSeconds(1)), after.Action);
    }

    [Fact]
    public void Looking_twice_at_one_end_counts_it_once()
    {
        var first = MachineDecision.Decide(Machine, Ended(ExitReason.Error), new MachineNotes(), Now);
        Assert.Equal(first.Notes, MachineDecision.Decide(Machine, Ended(ExitReason.Error), first.Notes, Now).Notes);
    }

    [Fact]
    public void An_end_that_was_seen_while_the_machine_should_not_run_is_no_obstacle_to_running_again()
    {
        var machine = With(RestartPolicy.Never);
        var seen = MachineDecision.Decide(machine with { Spec = machine.Spec with { PowerState = PowerState.Stopped } }, Ended(ExitReason.GuestShutdown), new MachineNotes(), Now);
        Assert.Equal(StartAsAsked, MachineDecision.Decide(machine, Ended(ExitReason.GuestShutdown), seen.Notes, Now).Action);
    }

    [Fact]
    public void A_restart_stops_starts_and_is_done_once()
    {
        var machine = Machine with { Status = new() { Operation = new() { Id = "r", Type = "Restart" } } };
        var first = MachineDecision.Decide(machine, Running, new MachineNotes(), Now);
        Assert.Equal((new MachineAction.Stop(TimeSpan.FromSeconds(90)), null), (first.Action, first.Result));
        var second = MachineDecision.Decide(machine, Ended(ExitReason.Stopped), first.Notes, Now);
        Assert.Equal((StartAsAsked, null), (second.Action, second.Result));
        var third = MachineDecision.Decide(machine, Running with { Starts = 2 }, second.Notes, Now);
        Assert.Equal((Rest, "Succeeded"), (third.Action, third.Result?.Outcome));
        var told = machine with { Status = machine.Status with { OperationResult = third.Result } };
        Assert.Equal((Rest, null), (MachineDecision.Decide(told, Running with { Starts = 2 }, third.Notes, Now) is var fourth ? (fourth.Action, fourth.Result) : default));
    }

    [Fact]
    public void Force_kills_and_the_unknown_is_refused()
    {
        Assert.Equal(new MachineAction.Kill(), Operate("Restart", force: true).Action);
        Assert.Equal(new MachineAction.Kill(), Operate("Reset").Action);
        var unknown = Operate("Levitate");
        Assert.Equal((Rest, "Failed"), (unknown.Action, unknown.Result!.Outcome));
    }

    [Theory]
    [InlineData(ExitReason.Killed, 1)]
    [InlineData(ExitReason.Stopped, 1)]
    [InlineData(ExitReason.Error, 80)]
    public void Only_ends_that_nobody_asked_for_make_the_next_restart_wait(object reason, int seconds)
    {
        var notes = new MachineNotes();
        for (var starts = 1; starts <= 4; starts++) notes = MachineDecision.Decide(Off, Ended((ExitReason)reason) with { Starts = starts, FinishedAt = Now }, notes, Now).Notes;
        var crashed = MachineDecision.Decide(Machine, Ended(ExitReason.Error) with { Starts = 5, FinishedAt = Now }, notes, Now);
        Assert.Equal(new MachineAction.Rest(Now.AddSeconds(seconds)), crashed.Action);
    }

    [Fact]
    public void Pausing_and_what_is_asked_of_a_paused_machine()
    {
        (string Type, WorkloadState State, MachineAction Action, string? Outcome)[] table =
        [
            ("Pause", Running, new MachineAction.Pause(), null),
            ("Pause", Paused, Rest, "Succeeded"),
            ("Pause", Stopping, new MachineAction.Rest(Stopping.StopDeadline), "Failed"),
            ("Pause", Ended(ExitReason.Stopped), StartAsAsked, "Failed"),
            ("Resume", Paused, new MachineAction.Resume(), null),
            ("Resume", Running, Rest, "Succeeded"),
            ("Resume", Stopping, new MachineAction.Rest(Stopping.StopDeadline), "Failed"),
            ("Start", Paused, new MachineAction.Resume(), null),
            ("Stop", Paused, new MachineAction.Stop(TimeSpan.FromSeconds(90)), null),
            ("Restart", Paused, new MachineAction.Stop(TimeSpan.FromSeconds(90)), null),
            ("Reset", Paused, new MachineAction.Kill(), null),
        ];
        foreach (var (type, state, action, outcome) in table)
        {
            var decision = Operate(type, state: state);
            Assert.Equal((type, state.Phase, action, outcome), (type, state.Phase, decision.Action, decision.Result?.Outcome));
        }
    }

    private static MachineDecision Operate(string type, bool force = false, WorkloadState? state = null) =>
        MachineDecision.Decide(Machine with { Status = new() { Operation = new() { Id = "o", Type = type, Force = force } } }, state ?? Running, new MachineNotes(), Now);

    private static VirtualMachine With(string policy) => Machine with { Spec = Machine.Spec with { RestartPolicy = policy } };

    private static WorkloadState Ended(ExitReason reason) => new("u", WorkloadPhase.Stopped)
    {
        Starts = 1, StartedAt = Now.AddMinutes(-8), FinishedAt = Now.AddMinutes(-7), Exit = new WorkloadExit(reason, 0, "it ended"),
    };
}

using Rempart.Api.Compute;
using Rempart.Node.Workloads;

namespace Rempart.Node.Agent;

/// <summary>What follows from what is wanted of a machine and what is true of it.</summary>
/// <param name="Action">The next step.</param>
/// <param name="Notes">What to remember, before the step is taken.</param>
/// <param name="Result">An operation that is finished with this look.</param>
internal sealed record MachineDecision(MachineAction Action, MachineNotes Notes, MachineOperationResult? Result)
{
    private const int DefaultGraceSeconds = 90;
    private const int LongestGraceSeconds = 3600;

    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <param name="machine">What is wanted.</param>
    /// <param name="state">What is true.</param>
    /// <param name="notes">What was remembered.</param>
    /// <param name="now">The time.</param>
    /// <param name="roomAgain">The pool has room, and the machine may be tried again that had none.</param>
    public static MachineDecision Decide(VirtualMachine machine, WorkloadState state, MachineNotes notes, DateTimeOffset now, bool roomAgain = false)
    {
        if (machine.Metadata.DeletionTimestamp is not null) return new(state.IsRunning ? Stopping(machine, state) : new MachineAction.Remove(), notes, null);
        notes = Count(state, notes) with { StopGraceSeconds = machine.Spec.StopGracePeriodSeconds };
        if (machine.Status?.Operation is { } operation && operation.Id != machine.Status.OperationResult?.Id) return Operate(machine, operation, state, notes, now);
        var action = Keep(machine, state, ref notes, now);
        return new(action is MachineAction.Rest && state is { LacksRoom: true, Phase: WorkloadPhase.Paused } && roomAgain && !IsHeldOnDemand(machine) ? new MachineAction.Resume() : action, notes, null);
    }

    // Somebody asked for the pause too: then it is theirs to end.
    private static bool IsHeldOnDemand(VirtualMachine machine) => machine.Status is { Operation: { Type: "Pause" } operation, OperationResult: { Outcome: "Succeeded" } result } && operation.Id == result.Id;

    private static MachineAction Keep(VirtualMachine machine, WorkloadState state, ref MachineNotes notes, DateTimeOffset now)
    {
        if (machine.Spec.PowerState == PowerState.Stopped)
        {
            if (state.IsRunning) return Stopping(machine, state);
            notes = notes with { AcknowledgedStarts = state.Starts };
            return new MachineAction.Rest(null);
        }
        if (state.IsRunning) return new MachineAction.Rest(state.StopDeadline);
        if (state.Phase is WorkloadPhase.Absent or WorkloadPhase.Incomplete || state.Exit is not { } exit) return new MachineAction.Start(ByPolicy: false);
        if (notes.AcknowledgedStarts == state.Starts || exit.Reason is ExitReason.Stopped or ExitReason.Killed) return new MachineAction.Start(ByPolicy: false);
        if (!RestartsBy(machine.Spec.RestartPolicy, exit.Reason)) return new MachineAction.Rest(null);
        var due = (state.FinishedAt ?? now) + Pause(notes.ShortRuns);
        return due <= now ? new MachineAction.Start(ByPolicy: true) : new MachineAction.Rest(due);
    }

    private static MachineDecision Operate(VirtualMachine machine, MachineOperation operation, WorkloadState state, MachineNotes notes, DateTimeOffset now)
    {
        var wasTried = notes.OperationId == operation.Id;
        if (!wasTried) notes = notes with { OperationId = operation.Id, OperationStarts = state.Starts };
        var startedSince = state.Starts > notes.OperationStarts && state.IsRunning;
        var force = operation.Force == true || operation.Type == "Reset";
        switch (operation.Type)
        {
            case "Restart" or "Reset" when machine.Spec.PowerState == PowerState.Stopped && !state.IsRunning:
                return Finished("Failed", "the machine's `spec.powerState` is `Stopped`");
            case "Restart" or "Reset" when startedSince:
                return Finished("Succeeded", "the machine was started anew");
            case "Restart" or "Reset" when !state.IsRunning:
                return new(new MachineAction.Start(ByPolicy: false), notes, null);
            case "Start" when machine.Spec.PowerState == PowerState.Stopped:
                return Finished("Failed", "the machine's `spec.powerState` is `Stopped`");
            case "Start" when !state.IsRunning:
                return new(new MachineAction.Start(ByPolicy: false), notes, null);
            case "Start" or "Resume" when state.LacksRoom && wasTried:
                return Finished("Failed", "the guest can't go on: the pool of its node is still full");
            case "Start" or "Resume" when state.Phase == WorkloadPhase.Paused:
                return new(new MachineAction.Resume(), notes, null);
            case "Start":
                return Finished("Succeeded", "the machine runs");
            case "Pause" or "Resume" when !state.IsRunning:
                return Finished("Failed", "the machine does not run");
            case "Pause" or "Resume" when state.Phase == WorkloadPhase.Stopping:
                return Finished("Failed", "the guest is shutting down");
            case "Pause" when state.Phase == WorkloadPhase.Paused:
                return Finished("Succeeded", "the guest's processors are held");
            case "Pause":
                return new(new MachineAction.Pause(), notes, null);
            case "Resume":
                return Finished("Succeeded", "the guest's processors run");
            case "Stop" when !state.IsRunning:
                return Finished("Succeeded", "the machine does not run");
            case "Restart" or "Reset" or "Stop":
                return new(force ? new MachineAction.Kill() : Stopping(machine, state), notes, null);
            default:
                return Finished("Failed", $"this node can't do `{operation.Type}`");
        }

        MachineDecision Finished(string outcome, string message)
        {
            var result = new MachineOperationResult { Id = operation.Id, Outcome = outcome, Message = message, FinishedAt = now };
            return new(Keep(machine, state, ref notes, now), notes, result);
        }
    }

    /// <summary>How long a guest gets to power off.</summary>
    public static TimeSpan Grace(int? wanted) => TimeSpan.FromSeconds(Math.Clamp(wanted ?? DefaultGraceSeconds, 0, LongestGraceSeconds));

    private static MachineAction Stopping(VirtualMachine machine, WorkloadState state)
    {
        var grace = Grace(machine.Spec.StopGracePeriodSeconds);
        // A deletion with a shorter grace period than the machine's own obeys it.
        if (machine.Metadata.DeletionGracePeriodSeconds is { } given) grace = TimeSpan.FromSeconds(Math.Min(grace.TotalSeconds, Math.Max(given, 0)));
        if (grace == TimeSpan.Zero) return new MachineAction.Kill();
        return state.Phase == WorkloadPhase.Stopping && state.StopDeadline is not null ? new MachineAction.Rest(state.StopDeadline) : new MachineAction.Stop(grace);
    }

    private static bool RestartsBy(string? policy, ExitReason reason) => policy switch
    {
        RestartPolicy.Never => false,
        RestartPolicy.OnFailure => reason != ExitReason.GuestShutdown,
        _ => true,
    };

    // The first restart is almost at once; a machine that keeps ending soon waits twice as long each time.
    private static TimeSpan Pause(int shortRuns) => shortRuns <= 1 ? FirstPause
        : TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(10).Ticks << Math.Min(shortRuns - 2, 10), LongestPause.Ticks));

    private static MachineNotes Count(WorkloadState state, MachineNotes notes)
    {
        if (state.Phase != WorkloadPhase.Stopped || state.Starts == notes.CountedStarts) return notes;
        var wasLong = state is { StartedAt: { } from, FinishedAt: { } to } && to - from >= LongRun;
        // Who stops a machine now and then makes no machine of it that keeps ending.
        var wasAsked = state.Exit is { Reason: ExitReason.Stopped or ExitReason.Killed };
        return notes with { CountedStarts = state.Starts, ShortRuns = wasAsked ? 0 : wasLong ? 1 : notes.ShortRuns + 1 };
    }
}

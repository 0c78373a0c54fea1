using Rempart.Api.Compute;
using Rempart.Node.Workloads;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>The node's part of a machine's status: nothing else of it is touched, and the API server would refuse it.</summary>
/// <param name="State">What is true of the machine's process.</param>
/// <param name="Action">What is being done.</param>
/// <param name="Obstacle">Why it can't be started now, or null.</param>
/// <param name="Restarts">Starts by the restart policy.</param>
/// <param name="Result">An operation that was finished.</param>
internal sealed record MachineReport(WorkloadState State, MachineAction Action, Obstacle? Obstacle, int Restarts, MachineOperationResult? Result)
{
    internal const string PausedReason = "Paused";
    internal const string DiskFullReason = "DiskFull";

    internal const string NoRoom = "the guest is held, since its disk can't be written: the pool of its node is full; nothing is lost, and it goes on by itself once there is room, or with `resume`";

    // A held guest serves nobody, whatever it said before.
    private bool GuestReady => State.IsRunning && State.GuestReady && State.Phase != WorkloadPhase.Paused;

    public VirtualMachine ApplyTo(VirtualMachine machine, DateTimeOffset now)
    {
        var status = machine.Status ?? new();
        var generation = machine.Metadata.Generation;
        var (running, reason, message) = Running(machine);
        return machine with
        {
            Status = status with
            {
                Phase = Phase(machine),
                ObservedGeneration = generation,
                Accelerator = State.IsRunning ? State.Accelerator ?? status.Accelerator : status.Accelerator,
                StartedAt = State.IsRunning ? Seconds(State.StartedAt) : null,
                RestartCount = Restarts,
                LastExit = Exit() ?? status.LastExit,
                OperationResult = Result is null ? status.OperationResult : Result with { FinishedAt = Seconds(Result.FinishedAt) },
                Conditions = status.Conditions
                    .With("Running", running, reason, message, generation, now)
                    .With("GuestReady", GuestReady, GuestReady ? "GuestSaidSo" : State.Phase == WorkloadPhase.Paused ? PausedReason : "Waiting", GuestMessage(), generation, now),
            },
        };
    }

    /// <summary>The last word on a machine that is being deleted.</summary>
    public static VirtualMachine Removed(VirtualMachine machine, DateTimeOffset now)
    {
        var status = machine.Status ?? new();
        return machine with
        {
            Status = status with
            {
                Phase = MachinePhase.Stopped,
                StartedAt = null,
                Conditions = status.Conditions
                    .With("Running", false, MachineMarks.Removed, "nothing of the machine is left on the node", machine.Metadata.Generation, now)
                    .With("GuestReady", false, MachineMarks.Removed, "the machine is gone", machine.Metadata.Generation, now),
            },
        };
    }

    private string Phase(VirtualMachine machine) => (State.Phase, Action) switch
    {
        (WorkloadPhase.Running, _) => MachinePhase.Running,
        (WorkloadPhase.Paused, _) => MachinePhase.Paused,
        (WorkloadPhase.Stopping, _) => MachinePhase.Stopping,
        (_, MachineAction.Start) when Obstacle is { Final: true } => MachinePhase.Failed,
        (_, MachineAction.Start) when machine.Status?.Phase is null or MachinePhase.Pending or MachinePhase.Scheduled => MachinePhase.Scheduled,
        (_, MachineAction.Start) => MachinePhase.Starting,
        (WorkloadPhase.Stopped, MachineAction.Rest { LookAgain: not null }) => MachinePhase.Starting,
        (WorkloadPhase.Stopped, _) when machine.Spec.PowerState != PowerState.Stopped && State.Exit?.Reason is ExitReason.GuestPanic or ExitReason.OOMKilled or ExitReason.Error or ExitReason.HostRestart => MachinePhase.Failed,
        _ => MachinePhase.Stopped,
    };

    private (bool Running, string Reason, string Message) Running(VirtualMachine machine)
    {
        if (State.Phase == WorkloadPhase.Running) return (true, "Running", "the machine runs");
        // Its process is there: volumes, ports and memory are in use.
        if (State is { Phase: WorkloadPhase.Paused, LacksRoom: true }) return (true, DiskFullReason, NoRoom);
        if (State.Phase == WorkloadPhase.Paused) return (true, PausedReason, "the machine is there, its processors are held; `resume` lets them go on");
        if (State.Phase == WorkloadPhase.Stopping) return (true, "Stopping", "the guest was asked to shut down");
        if (Obstacle is not null) return (false, Obstacle.Reason, Obstacle.Message);
        if (Action is MachineAction.Start) return (false, "Starting", "the machine is being started");
        if (State.Exit is not { } exit) return (false, "Stopped", machine.Spec.PowerState == PowerState.Stopped ? "the machine should not run" : "the machine does not run");
        return (false, exit.Reason.ToString(), Action is MachineAction.Rest { LookAgain: { } again } ? $"{exit.Message}; it is started again at `{again.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}`" : exit.Message);
    }

    private string GuestMessage() => !State.IsRunning ? "the machine does not run" : State.Phase == WorkloadPhase.Paused ? "the guest's processors are held" : State.GuestReady ? "the guest has said that it is ready" : "the guest has not said that it is ready yet";

    private Api.Compute.MachineExit? Exit() => State is { Phase: WorkloadPhase.Stopped, Exit: { } exit } ? new Api.Compute.MachineExit
    {
        Reason = exit.Reason switch { ExitReason.OOMKilled => "OutOfMemory", ExitReason.HostRestart => "HostReboot", var other => other.ToString() },
        Message = exit.Message,
        ExitCode = exit.Code,
        StartedAt = Seconds(State.StartedAt),
        FinishedAt = Seconds(State.FinishedAt),
    } : null;

    // Times on the wire have whole seconds; what is compared with what was read back must have them too.
    private static DateTimeOffset? Seconds(DateTimeOffset? time) => time is { } exact ? new DateTimeOffset(exact.UtcTicks - (exact.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero) : null;
}

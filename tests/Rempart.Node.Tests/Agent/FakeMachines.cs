using System.Threading.Channels;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Agent;

/// <summary>Machines without any process: they do what the test says.</summary>
internal sealed class FakeMachines(TimeProvider time) : IWorkloadDriver<MachineLaunch>, IWorkloadPause, IMachineMoves
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WorkloadState> _states = new(StringComparer.Ordinal);
    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();

    /// <summary>Whether guests obey when asked to shut down.</summary>
    public bool GuestsObey { get; set; } = true;

    /// <summary>Set to make starts fail.</summary>
    public string? StartFailure { get; set; }

    /// <summary>What whoever would speak with a machine's QEMU meets.</summary>
    public Exception Refusal { get; set; } = new WorkloadException("there is no QEMU here");

    /// <summary>The one machine that can be spoken of, though it has no QEMU.</summary>
    public MachineRecord? Record { get; set; }

    /// <summary>How often somebody would have spoken with one.</summary>
    public int Uses { get; private set; }

    public Task<T> UseAsync<T>(string uid, Func<MachineRecord, RunningMachine, CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        Uses++;
        return Record is { Shape: T shape } ? Task.FromResult(shape) : Task.FromException<T>(Refusal);
    }

    public ChannelReader<string> Changes => _changes.Reader;

    public WorkloadState this[string uid]
    {
        get
        {
            lock (_lock) return _states.GetValueOrDefault(uid) ?? new WorkloadState(uid, WorkloadPhase.Absent);
        }
    }

    public void SayReady(string uid) => Change(uid, state => state with { GuestReady = true });

    /// <summary>What its guest writes finds no room.</summary>
    public void RunOutOfRoom(string uid) => Change(uid, state => state with { Phase = WorkloadPhase.Paused, LacksRoom = true });

    public void End(string uid, ExitReason reason) => Change(uid, state => Ended(state, reason));

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<string>>([.. _states.Keys]);
    }

    public Task<WorkloadState> InspectAsync(string uid, CancellationToken cancellationToken)
    {
        EndLate(uid);
        return Task.FromResult(this[uid]);
    }

    public Task<WorkloadState> StartAsync(MachineLaunch launch, CancellationToken cancellationToken)
    {
        using (launch)
        {
            if (StartFailure is { } failure) throw new WorkloadException(failure);
            lock (_lock)
            {
                if (this[launch.Uid].IsRunning) return Task.FromResult(this[launch.Uid]);
                var state = new WorkloadState(launch.Uid, WorkloadPhase.Running) { StartedAt = time.GetUtcNow(), Starts = this[launch.Uid].Starts + 1, Accelerator = "tcg" };
                _states[launch.Uid] = state;
                return Task.FromResult(state);
            }
        }
    }

    public Task<WorkloadState> StopAsync(string uid, TimeSpan grace, CancellationToken cancellationToken)
    {
        EndLate(uid);
        var deadline = time.GetUtcNow() + grace;
        Change(uid, state => !state.IsRunning ? state : GuestsObey ? Ended(state, ExitReason.Stopped)
            : state with { Phase = WorkloadPhase.Stopping, StopDeadline = state.StopDeadline < deadline ? state.StopDeadline : deadline });
        return Task.FromResult(this[uid]);
    }

    public Task<WorkloadState> KillAsync(string uid, CancellationToken cancellationToken)
    {
        Change(uid, state => state.IsRunning ? Ended(state, ExitReason.Killed) : state);
        return Task.FromResult(this[uid]);
    }

    public Task<WorkloadState> PauseAsync(string uid, CancellationToken cancellationToken)
    {
        Change(uid, state => state.Phase == WorkloadPhase.Running ? state with { Phase = WorkloadPhase.Paused } : state);
        return Task.FromResult(this[uid]);
    }

    public Task<WorkloadState> ResumeAsync(string uid, CancellationToken cancellationToken)
    {
        Change(uid, state => state.Phase == WorkloadPhase.Paused ? state with { Phase = WorkloadPhase.Running, LacksRoom = false } : state);
        return Task.FromResult(this[uid]);
    }

    public Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        lock (_lock) _states.Remove(uid);
        return Task.CompletedTask;
    }

    public Task<Stream> OpenConsoleAsync(string uid, CancellationToken cancellationToken) => throw new WorkloadException("the machine has no console");

    private void EndLate(string uid)
    {
        lock (_lock)
        {
            if (this[uid] is { IsRunning: true, StopDeadline: { } deadline } late && deadline <= time.GetUtcNow()) _states[uid] = Ended(late, ExitReason.Killed);
        }
    }

    private void Change(string uid, Func<WorkloadState, WorkloadState> change)
    {
        lock (_lock)
        {
            if (_states.TryGetValue(uid, out var state)) _states[uid] = change(state);
        }
        _changes.Writer.TryWrite(uid);
    }

    private WorkloadState Ended(WorkloadState state, ExitReason reason) => state with
    {
        Phase = WorkloadPhase.Stopped,
        FinishedAt = time.GetUtcNow(),
        GuestReady = false,
        StopDeadline = null,
        Exit = new WorkloadExit(reason, 0, $"it ended: {reason}"),
    };
}

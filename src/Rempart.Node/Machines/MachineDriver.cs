using System.Diagnostics;
using System.Threading.Channels;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Workloads;
using Rempart.Protocols.Conmon;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>Virtual machines: QEMU in a jail under conmon, driven over QMP. See docs/design/jail.md.</summary>
internal sealed class MachineDriver : IWorkloadDriver<MachineLaunch>, IWorkloadPause, IWorkloadLog, IMachineMoves, IAsyncDisposable
{
    private readonly KeyedGate gate = new();
    private readonly ChangeFeed changes = new();
    private readonly MachineStore store;
    private readonly OciRuntime runtime;
    private readonly MachineSessions sessions;
    private readonly MachineSettling settling;
    private readonly MachineStarting starting;
    private readonly TimeProvider time;

    internal MachineDriver(WorkloadSettings settings, JailRoots jails, TimeProvider time)
    {
        this.time = time;
        store = new MachineStore(settings);
        runtime = new OciRuntime(settings, time);
        sessions = new MachineSessions(store, changes, time);
        var host = new MachineHost(settings, store, runtime, sessions, changes, BootId.Read(), time);
        settling = new MachineSettling(host);
        starting = new MachineStarting(host, jails);
    }

    public ChannelReader<string> Changes => changes;

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(store.List());

    public async Task<WorkloadState> InspectAsync(string uid, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        return await StateAsync(uid, await settling.SettleAsync(uid, cancellationToken), cancellationToken);
    }

    public async Task<WorkloadState> StartAsync(MachineLaunch launch, CancellationToken cancellationToken)
    {
        using var owned = launch;
        var errors = MachineRules.Check(launch);
        if (errors.Count > 0) throw new WorkloadException($"the machine can't be started: {string.Join("; ", errors)}");
        using var turn = await gate.EnterAsync(launch.Uid, cancellationToken);
        var record = await settling.SettleAsync(launch.Uid, cancellationToken);
        if (record is not { Step: MachineStep.Running or MachineStep.Incoming }) record = await starting.StartAsync(launch, record, cancellationToken);
        return await StateAsync(launch.Uid, record, cancellationToken);
    }

    public async Task<WorkloadState> StopAsync(string uid, TimeSpan grace, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await settling.SettleAsync(uid, cancellationToken);
        if (record is { Step: MachineStep.Running })
        {
            var deadline = time.GetUtcNow() + grace;
            if (record.StopDeadline is null || deadline < record.StopDeadline) record = store.Remember(record with { StopDeadline = deadline });
            // Pressed at each call: a guest that was still booting did not see the first one.
            if (await sessions.FindAsync(uid, cancellationToken) is { } session) await session.PowerDownAsync(cancellationToken);
            record = await settling.SettleAsync(uid, cancellationToken);
        }
        return await StateAsync(uid, record, cancellationToken);
    }

    public async Task<WorkloadState> KillAsync(string uid, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await settling.SettleAsync(uid, cancellationToken);
        if (record is not null && record.Step != MachineStep.Ended) record = await settling.KillAsync(record, cancellationToken);
        return await StateAsync(uid, record, cancellationToken);
    }

    public Task<WorkloadState> PauseAsync(string uid, CancellationToken cancellationToken) =>
        HoldAsync(uid, state => state == RunningMachine.Runs, (session, token) => session.PauseAsync(token), cancellationToken);

    public Task<WorkloadState> ResumeAsync(string uid, CancellationToken cancellationToken) =>
        HoldAsync(uid, state => state is RunningMachine.Paused or RunningMachine.NoRoom, (session, token) => session.ContinueAsync(token), cancellationToken);

    public async Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        if (!MachineRules.IsUid(uid)) return;
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var folder = store.Folder(uid);
        if (!Directory.Exists(folder.Path)) return;
        await sessions.CloseAsync(uid);
        await runtime.DeleteAsync(folder, cancellationToken);
        store.Forget(uid);
        folder.Delete();
        store.Release(uid);
        changes.Add(uid);
    }

    public async Task<Stream> OpenConsoleAsync(string uid, CancellationToken cancellationToken)
    {
        if (store.Read(uid) is not { Step: MachineStep.Running }) throw new WorkloadException("the machine does not run, so it has no console");
        return new ConsoleStream(await OciRuntime.AttachAsync(store.Folder(uid), cancellationToken));
    }

    public Task<byte[]> ReadLogAsync(string uid, int maxBytes, CancellationToken cancellationToken) =>
        Task.FromResult(MachineRules.IsUid(uid) ? ConmonLog.Tail(store.Folder(uid).ConsoleLog, ConmonStream.Stdout, maxBytes) : []);

    public async Task<T> UseAsync<T>(string uid, Func<MachineRecord, RunningMachine, CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await settling.SettleAsync(uid, cancellationToken);
        if (record is not { Step: MachineStep.Running or MachineStep.Incoming }) throw new WorkloadException($"the machine does not run here{(record?.Exit is { } exit ? $": {exit.Message}" : "")}");
        var session = await sessions.FindAsync(uid, cancellationToken) ?? throw new WorkloadException("the machine's monitor does not answer");
        return await act(record, session, cancellationToken);
    }

    /// <summary>The machines whose monitor is connected now.</summary>
    internal IReadOnlyList<(string Uid, RunningMachine Session)> Connected => sessions.Connected;

    /// <summary>The digests of the roots that machines here were started with, to keep them from collection.</summary>
    internal IReadOnlySet<string> JailsInUse() =>
        store.List().Select(store.Read).OfType<MachineRecord>().Where(record => record.Step != MachineStep.Ended).Select(record => record.JailDigest).ToHashSet(StringComparer.Ordinal);

    /// <summary>Leaves every machine running.</summary>
    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync();
        runtime.Dispose();
    }

    private async Task<WorkloadState> HoldAsync(string uid, Func<string, bool> from, Func<RunningMachine, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await settling.SettleAsync(uid, cancellationToken);
        if (record is { Step: MachineStep.Running, StopDeadline: null } && await sessions.FindAsync(uid, cancellationToken) is { } session
            && from(await session.StateAsync(cancellationToken))) await act(session, cancellationToken);
        return await StateAsync(uid, record, cancellationToken);
    }

    private async Task<WorkloadState> StateAsync(string uid, MachineRecord? record, CancellationToken cancellationToken)
    {
        if (record is null) return new WorkloadState(uid, WorkloadPhase.Absent);
        var state = new WorkloadState(uid, Phase(record))
        {
            HostUid = record.HostUid,
            StartedAt = record.StartedAt,
            FinishedAt = record.FinishedAt,
            Exit = record.Exit,
            Starts = record.Starts,
            Accelerator = record.Accelerator == Accelerator.Kvm ? "kvm" : "tcg",
        };
        if (!state.IsRunning) return state;
        var (ready, held) = (false, "");
        try
        {
            if (await sessions.FindAsync(uid, cancellationToken) is { } session)
            {
                ready = await session.GuestReadyAsync(cancellationToken);
                held = await session.StateAsync(cancellationToken);
            }
        }
        catch (QmpDisconnectedException)
        {
            changes.Add(uid);
        }
        var phase = held is RunningMachine.Paused or RunningMachine.NoRoom && state.Phase == WorkloadPhase.Running ? WorkloadPhase.Paused : state.Phase;
        return state with { Phase = phase, LacksRoom = held == RunningMachine.NoRoom, Pid = record.Pid, GuestReady = ready, StopDeadline = record.StopDeadline };
    }

    private static WorkloadPhase Phase(MachineRecord record) => record.Step switch
    {
        MachineStep.Launching => WorkloadPhase.Incomplete,
        MachineStep.Incoming => WorkloadPhase.Arriving,
        MachineStep.Running => record.StopDeadline is null ? WorkloadPhase.Running : WorkloadPhase.Stopping,
        MachineStep.Ended => WorkloadPhase.Stopped,
        _ => throw new UnreachableException(),
    };
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Workloads;
using Rempart.Protocols.Conmon;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>Virtual machines: QEMU in a jail under conmon, driven over QMP. See docs/design/jail.md.</summary>
internal sealed class MachineDriver(WorkloadSettings settings, JailRoots jails, TimeProvider time) : IWorkloadDriver<MachineLaunch>, IWorkloadPause, IWorkloadLog, IAsyncDisposable
{
    private const int MaxLastWords = 1000;
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(10);
    private readonly MachineStore store = new(settings);
    private readonly OciRuntime runtime = new(settings, time);
    private readonly KeyedGate gate = new();
    private readonly ChangeFeed changes = new();
    private readonly ConcurrentDictionary<string, RunningMachine> sessions = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource closing = new();
    private readonly string bootId = BootId.Read();

    public ChannelReader<string> Changes => changes;

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(store.List());

    public async Task<WorkloadState> InspectAsync(string uid, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        return await StateAsync(uid, await SettleAsync(uid, cancellationToken), cancellationToken);
    }

    public async Task<WorkloadState> StartAsync(MachineLaunch launch, CancellationToken cancellationToken)
    {
        using var owned = launch;
        var errors = MachineRules.Check(launch);
        if (errors.Count > 0) throw new WorkloadException($"the machine can't be started: {string.Join("; ", errors)}");
        using var turn = await gate.EnterAsync(launch.Uid, cancellationToken);
        var record = await SettleAsync(launch.Uid, cancellationToken);
        if (record is not { Step: MachineStep.Running }) record = await LaunchAsync(launch, record, cancellationToken);
        return await StateAsync(launch.Uid, record, cancellationToken);
    }

    public async Task<WorkloadState> StopAsync(string uid, TimeSpan grace, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await SettleAsync(uid, cancellationToken);
        if (record is { Step: MachineStep.Running })
        {
            var deadline = time.GetUtcNow() + grace;
            if (record.StopDeadline is null || deadline < record.StopDeadline) record = store.Write(record with { StopDeadline = deadline });
            // Pressed at each call: a guest that was still booting did not see the first one.
            if (await SessionAsync(uid, cancellationToken) is { } session) await session.PowerDownAsync(cancellationToken);
            record = await SettleAsync(uid, cancellationToken);
        }
        return await StateAsync(uid, record, cancellationToken);
    }

    public async Task<WorkloadState> KillAsync(string uid, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await SettleAsync(uid, cancellationToken);
        if (record is not null && record.Step != MachineStep.Ended) record = await KillAsync(record, cancellationToken);
        return await StateAsync(uid, record, cancellationToken);
    }

    public Task<WorkloadState> PauseAsync(string uid, CancellationToken cancellationToken) =>
        HoldAsync(uid, "running", (session, token) => session.PauseAsync(token), cancellationToken);

    public Task<WorkloadState> ResumeAsync(string uid, CancellationToken cancellationToken) =>
        HoldAsync(uid, RunningMachine.Paused, (session, token) => session.ContinueAsync(token), cancellationToken);

    private async Task<WorkloadState> HoldAsync(string uid, string from, Func<RunningMachine, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var record = await SettleAsync(uid, cancellationToken);
        if (record is { Step: MachineStep.Running, StopDeadline: null } && await SessionAsync(uid, cancellationToken) is { } session
            && await session.StateAsync(cancellationToken) == from) await act(session, cancellationToken);
        return await StateAsync(uid, record, cancellationToken);
    }

    public async Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        if (!MachineRules.IsUid(uid)) return;
        using var turn = await gate.EnterAsync(uid, cancellationToken);
        var folder = store.Folder(uid);
        if (!Directory.Exists(folder.Path)) return;
        await CloseSessionAsync(uid);
        await runtime.DeleteAsync(folder, cancellationToken);
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

    /// <summary>The digests of the roots that machines here were started with, to keep them from collection.</summary>
    internal IReadOnlySet<string> JailsInUse() =>
        store.List().Select(store.Read).OfType<MachineRecord>().Where(record => record.Step != MachineStep.Ended).Select(record => record.JailDigest).ToHashSet(StringComparer.Ordinal);

    /// <summary>The live session of a machine that runs; null when its monitor does not answer.</summary>
    internal async Task<RunningMachine?> SessionAsync(string uid, CancellationToken cancellationToken)
    {
        if (sessions.TryGetValue(uid, out var known) && known.IsConnected) return known;
        await CloseSessionAsync(uid);
        try
        {
            var session = await RunningMachine.ConnectAsync(store.Folder(uid), time, cancellationToken);
            sessions[uid] = session;
            _ = WatchAsync(uid, session);
            return session;
        }
        catch (QmpDisconnectedException)
        {
            return null;
        }
    }

    /// <summary>Leaves every machine running.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested) return;
        await closing.CancelAsync();
        foreach (var uid in sessions.Keys) await CloseSessionAsync(uid);
        closing.Dispose();
        runtime.Dispose();
    }

    // Brings the record in line with what runs. INVARIANT: the caller holds the uid's turn.
    private async Task<MachineRecord?> SettleAsync(string uid, CancellationToken cancellationToken)
    {
        if (store.Read(uid) is not { } record || record.Step == MachineStep.Ended) return store.Read(uid);
        if (record.BootId != bootId) return await EndAsync(record, cancellationToken);
        if (record.Step == MachineStep.Launching) return record;
        if (!Lives(record)) return await EndAsync(record, cancellationToken);
        if (record.GuestEnd is not null) return await QuitAsync(record, cancellationToken);
        try
        {
            var session = await SessionAsync(uid, cancellationToken);
            var state = session is null ? null : await session.StateAsync(cancellationToken);
            // The agent died between recording the run and letting the guest go.
            if (state == RunningMachine.NotStarted) await session!.ContinueAsync(cancellationToken);
            // The agent died between recording the stop and letting a paused guest hear of it.
            if (state == RunningMachine.Paused && record.StopDeadline is not null) await session!.PowerDownAsync(cancellationToken);
            if (state is RunningMachine.GuestShutdown or RunningMachine.GuestPanicked)
            {
                record = store.Write(record with { GuestEnd = state, FinishedAt = time.GetUtcNow() });
                return await QuitAsync(record, cancellationToken);
            }
        }
        catch (QmpDisconnectedException)
        {
            // It may be ending this moment; the facts below, or the next call's, say so.
            if (!Lives(record)) return await EndAsync(record, cancellationToken);
        }
        return record.StopDeadline <= time.GetUtcNow() ? await KillAsync(record, cancellationToken) : record;
    }

    private async Task<MachineRecord> LaunchAsync(MachineLaunch launch, MachineRecord? previous, CancellationToken cancellationToken)
    {
        var folder = store.Folder(launch.Uid);
        var jail = await jails.PublishAsync(cancellationToken);
        var record = new MachineRecord
        {
            Uid = launch.Uid,
            Name = launch.Name,
            HostUid = previous?.HostUid ?? store.Allocate(launch.Uid),
            Step = MachineStep.Launching,
            Starts = (previous?.Starts ?? 0) + 1,
            BootId = bootId,
            JailDigest = jail.Digest,
            Accelerator = launch.Accelerator,
        };
        store.Write(record);
        store.Release(launch.Uid);
        await runtime.DeleteAsync(folder, cancellationToken);
        folder.ClearRun();
        folder.Prepare();

        await using var undo = new UndoStack();
        undo.Add(async () =>
        {
            // Not the caller's token: a start that was called off must not leave half a machine.
            await CloseSessionAsync(launch.Uid);
            var words = LastWords(folder);
            await runtime.DeleteAsync(folder, CancellationToken.None);
            folder.ClearRun();
            var exit = new WorkloadExit(ExitReason.Error, Code: null, $"the machine did not start{(words.Length == 0 ? "" : $": {words}")}");
            store.Write(record with { Step = MachineStep.Ended, Exit = exit, FinishedAt = time.GetUtcNow() });
            changes.Add(launch.Uid);
        });
        try
        {
            record = await CreateAsync(launch, record, jail, folder, cancellationToken);
            await runtime.StartAsync(launch.Uid, cancellationToken);
            var session = await RunningMachine.ConnectAsync(folder, time, cancellationToken);
            sessions[launch.Uid] = session;
            await session.ConfigureAsync(launch, cancellationToken);
            // Recorded before the guest runs: a crash between the two leaves a machine that is inspected, not one that is forgotten.
            record = store.Write(record with { Step = MachineStep.Running, StartedAt = time.GetUtcNow() });
            await session.ContinueAsync(cancellationToken);
            _ = WatchAsync(launch.Uid, session);
        }
        catch (Exception exception) when (exception is QmpException or QmpDisconnectedException or LinuxException)
        {
            var words = LastWords(folder);
            throw new WorkloadException($"the machine did not start: {exception.Message}{(words.Length == 0 ? "" : $"; QEMU said: {words}")}", exception);
        }
        undo.Commit();
        changes.Add(launch.Uid);
        return record;
    }

    private async Task<MachineRecord> CreateAsync(MachineLaunch launch, MachineRecord record, JailRoot jail, WorkloadFolder folder, CancellationToken cancellationToken)
    {
        string? kvm = null;
        if (launch.Accelerator == Accelerator.Kvm)
        {
            kvm = folder.KvmDevice;
            DeviceNode.CreateCharacter(kvm, 10, 232, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Ownership.Set(kvm, record.HostUid, record.HostUid);
        }
        var bundle = JailBundle.Create(new JailRecord
        {
            CgroupPath = CgroupPath(launch.Uid),
            RootPath = jail.Path,
            HostUid = record.HostUid,
            Command = QemuCommandLine.Create(launch, jail, settings.Qemu),
            MemoryBytes = MachineOverhead.MemoryBytes(launch.MemoryBytes, launch.Vcpus, launch.Accelerator),
            LimitSwap = Cgroups.Detect().CountsSwap,
            CpuHundredths = MachineOverhead.CpuHundredths(launch.Vcpus),
            MostFileBytes = launch.MostFileBytes,
            Tasks = MachineOverhead.Tasks(launch.Vcpus),
            KvmDevice = kvm,
        });
        DurableFile.Write(folder.Configuration, bundle.ToJson(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var monitor = Listen(folder);
        List<SafeHandle> descriptors = [monitor];
        switch (launch.Boot)
        {
            case MachineBoot.Kernel kernel:
                descriptors.Add(kernel.File);
                if (kernel.Initrd is not null) descriptors.Add(kernel.Initrd);
                break;
            case MachineBoot.Uefi uefi:
                descriptors.Add(uefi.Code);
                descriptors.Add(uefi.Variables);
                break;
            case MachineBoot.Bios:
                break;
        }
        var pid = await runtime.CreateAsync(folder, descriptors, cancellationToken);
        return store.Write(record with { Pid = pid, PidStart = ProcessHandle.StartTicks(pid) });
    }

    private static SafeFileHandle Listen(WorkloadFolder folder)
    {
        using var handle = FolderHandle.Open(folder.Path);
        return ListeningSocket.Create(handle, WorkloadFolder.QmpName, backlog: 1);
    }

    private async Task<MachineRecord> KillAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        record = store.Write(record with { KillRequested = true });
        return await KillProcessAsync(record, cancellationToken);
    }

    // The guest is off. QEMU closes its images itself, unless it hangs.
    private async Task<MachineRecord> QuitAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(QuitLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var process = Lives(record) ? ProcessHandle.TryOpen(record.Pid!.Value) : null;
            if (process is not null && await SessionAsync(record.Uid, either.Token) is { } session)
            {
                await session.QuitAsync(either.Token);
                await process.WaitAsync(time, either.Token);
            }
        }
        catch (Exception exception) when (exception is QmpDisconnectedException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
        }
        return await KillProcessAsync(record, cancellationToken);
    }

    private async Task<MachineRecord> KillProcessAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        // The first process of its pid namespace: the kernel ends all others with it.
        if (Lives(record) && ProcessHandle.TryOpen(record.Pid!.Value) is { } process)
        {
            using (process)
            {
                if (Lives(record)) process.Signal(ProcessHandle.SIGKILL);
                await process.WaitAsync(time, cancellationToken);
            }
        }
        return await EndAsync(record, cancellationToken);
    }

    private async Task<MachineRecord> EndAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        var folder = store.Folder(record.Uid);
        var restarted = record.BootId != bootId;
        var ended = restarted ? null : await runtime.ExitAsync(folder, cancellationToken);
        var outOfMemory = restarted ? 0 : Cgroups.Detect().OutOfMemoryKills(CgroupPath(record.Uid));
        var exit = restarted
            ? new WorkloadExit(ExitReason.HostRestart, Code: null, "the host restarted while the machine ran")
            : MachineExit.Decide(record, ended?.Code, outOfMemory, LastWords(folder));
        await CloseSessionAsync(record.Uid);
        // Recorded before the evidence goes.
        record = store.Write(record with { Step = MachineStep.Ended, Exit = exit, FinishedAt = record.FinishedAt ?? ended?.EndedAt ?? time.GetUtcNow() });
        await runtime.DeleteAsync(folder, cancellationToken);
        folder.ClearRun();
        changes.Add(record.Uid);
        return record;
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
        var (ready, paused) = (false, false);
        try
        {
            if (await SessionAsync(uid, cancellationToken) is { } session)
            {
                ready = await session.GuestReadyAsync(cancellationToken);
                paused = await session.StateAsync(cancellationToken) == RunningMachine.Paused;
            }
        }
        catch (QmpDisconnectedException)
        {
            changes.Add(uid);
        }
        var phase = paused && state.Phase == WorkloadPhase.Running ? WorkloadPhase.Paused : state.Phase;
        return state with { Phase = phase, Pid = record.Pid, GuestReady = ready, StopDeadline = record.StopDeadline };
    }

    private static WorkloadPhase Phase(MachineRecord record) => record.Step switch
    {
        MachineStep.Launching => WorkloadPhase.Incomplete,
        MachineStep.Running => record.StopDeadline is null ? WorkloadPhase.Running : WorkloadPhase.Stopping,
        MachineStep.Ended => WorkloadPhase.Stopped,
        _ => throw new UnreachableException(),
    };

    private static bool Lives(MachineRecord record) => record.Pid is { } pid && record.PidStart is { } start && ProcessHandle.StartTicks(pid) == start && !IsZombie(pid);

    private static bool IsZombie(int pid)
    {
        using var process = ProcessHandle.TryOpen(pid);
        return process is null || process.HasExited;
    }

    private string CgroupPath(string uid) => $"{settings.CgroupParent}/{uid}";

    private static string LastWords(WorkloadFolder folder)
    {
        var text = Encoding.UTF8.GetString(ConmonLog.Tail(folder.ConsoleLog, ConmonStream.Stderr, MaxLastWords)).Trim();
        return string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(1));
    }

    private async Task CloseSessionAsync(string uid)
    {
        if (sessions.TryRemove(uid, out var session)) await session.DisposeAsync();
    }

    // Turns the session's events and its end into wake-ups; it decides nothing.
    private async Task WatchAsync(string uid, RunningMachine session)
    {
        try
        {
            while (await session.NextEventAsync(closing.Token)) changes.Add(uid);
            changes.Add(uid);
        }
        catch (OperationCanceledException)
        {
        }
    }
}

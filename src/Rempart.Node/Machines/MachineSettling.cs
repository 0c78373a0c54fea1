using Rempart.Linux;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>Finds out what became of machines, and ends those that are to end. INVARIANT: the caller holds the uid's turn.</summary>
internal sealed class MachineSettling(MachineHost host)
{
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(10);

    /// <summary>Brings the record in line with what runs. Null when there is no such machine.</summary>
    internal async Task<MachineRecord?> SettleAsync(string uid, CancellationToken cancellationToken)
    {
        var hasRoomAgain = host.Store.WriteRemembered(uid);
        if (host.Store.Read(uid) is not { } record) return null;
        if (record.Step == MachineStep.Ended)
        {
            if (hasRoomAgain) await ClearAsync(record, cancellationToken);
            return record;
        }
        if (record.BootId != host.BootId) return await EndAsync(record, cancellationToken);
        if (record.Step == MachineStep.Launching) return record;
        if (!MachineProcess.Lives(record)) return await EndAsync(record, cancellationToken);
        if (record.Step == MachineStep.Incoming) return await IncomingAsync(record, cancellationToken);
        if (record.GuestEnd is not null) return await QuitAsync(record, cancellationToken);
        try
        {
            var session = await host.Sessions.FindAsync(uid, cancellationToken);
            var state = session is null ? null : await session.StateAsync(cancellationToken);
            // The agent died between recording the run and letting the guest go.
            if (state == RunningMachine.NotStarted) await session!.ContinueAsync(cancellationToken);
            // The agent died between recording the stop and letting a paused guest hear of it.
            if (state == RunningMachine.Paused && record.StopDeadline is not null) await session!.PowerDownAsync(cancellationToken);
            if (state is RunningMachine.GuestShutdown or RunningMachine.GuestPanicked)
            {
                record = host.Store.Remember(record with { GuestEnd = state, FinishedAt = host.Time.GetUtcNow() });
                return await QuitAsync(record, cancellationToken);
            }
        }
        catch (QmpDisconnectedException)
        {
            // It may be ending this moment; the facts below, or the next call's, say so.
            if (!MachineProcess.Lives(record)) return await EndAsync(record, cancellationToken);
        }
        return record.StopDeadline <= host.Time.GetUtcNow() ? await KillAsync(record, cancellationToken) : record;
    }

    // The guest is let go by whoever moves it, once the API says that it belongs here; the agent may have died between that and the record.
    private async Task<MachineRecord> IncomingAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await host.Sessions.FindAsync(record.Uid, cancellationToken) is { } session && await session.StateAsync(cancellationToken) == RunningMachine.Runs
                ? host.Store.Remember(record with { Step = MachineStep.Running, StartedAt = record.StartedAt ?? host.Time.GetUtcNow() })
                : record;
        }
        catch (QmpDisconnectedException)
        {
            return MachineProcess.Lives(record) ? record : await EndAsync(record, cancellationToken);
        }
    }

    /// <summary>Ends it now; a stopped record when this returns.</summary>
    internal async Task<MachineRecord> KillAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        record = host.Store.Remember(record with { KillRequested = true });
        return await KillProcessAsync(record, cancellationToken);
    }

    // The guest is off. QEMU closes its images itself, unless it hangs.
    private async Task<MachineRecord> QuitAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(QuitLimit, host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var process = MachineProcess.Lives(record) ? ProcessHandle.TryOpen(record.Pid!.Value) : null;
            if (process is not null && await host.Sessions.FindAsync(record.Uid, either.Token) is { } session)
            {
                await session.QuitAsync(either.Token);
                await process.WaitAsync(host.Time, either.Token);
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
        if (MachineProcess.Lives(record) && ProcessHandle.TryOpen(record.Pid!.Value) is { } process)
        {
            using (process)
            {
                if (MachineProcess.Lives(record)) process.Signal(ProcessHandle.SIGKILL);
                await process.WaitAsync(host.Time, cancellationToken);
            }
        }
        return await EndAsync(record, cancellationToken);
    }

    private async Task<MachineRecord> EndAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        var folder = host.Store.Folder(record.Uid);
        var restarted = record.BootId != host.BootId;
        var ended = restarted ? null : await host.Runtime.ExitAsync(folder, cancellationToken);
        var outOfMemory = restarted ? 0 : Cgroups.Detect().OutOfMemoryKills(host.Settings.CgroupOf(record.Uid));
        var exit = restarted
            ? new WorkloadExit(ExitReason.HostRestart, Code: null, "the host restarted while the machine ran")
            : MachineExit.Decide(record, ended?.Code, outOfMemory, folder.LastWords());
        await host.Sessions.CloseAsync(record.Uid);
        // Recorded before the evidence goes.
        record = host.Store.Remember(record with { Step = MachineStep.Ended, Exit = exit, FinishedAt = record.FinishedAt ?? ended?.EndedAt ?? host.Time.GetUtcNow() });
        if (!host.Store.IsUnwritten(record.Uid)) await ClearAsync(record, cancellationToken);
        host.Changes.Add(record.Uid);
        return record;
    }

    private async Task ClearAsync(MachineRecord record, CancellationToken cancellationToken)
    {
        var folder = host.Store.Folder(record.Uid);
        await host.Runtime.DeleteAsync(folder, cancellationToken);
        folder.ClearRun();
    }
}

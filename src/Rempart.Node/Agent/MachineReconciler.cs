using System.Collections.Concurrent;
using Rempart.Api.Compute;
using Rempart.Linux;
using Rempart.Node.Migration;
using Rempart.Node.Networks;
using Rempart.Node.Tracing;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Node.Agent;

/// <summary>Keeps each machine that is bound to this node as it should be, and tells what it sees.</summary>
internal sealed class MachineReconciler(ControllerContext context, AgentDrivers drivers, MachineNotesFolder notes, MoveNotesFolder moves, MachinePreparation preparation) : IReconciler
{
    // The guest's state is looked at now and then even if the driver says nothing.
    private static readonly TimeSpan Resync = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);

    private readonly ICache<VirtualMachine> _machines = context.Cache<VirtualMachine>();
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _triedAgain = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _waiting = new(StringComparer.Ordinal);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_machines.Get(key) is not { Metadata.Uid: { } uid } machine) return ReconcileResult.Done;
        if (machine.Status.IsRemoved()) return ReconcileResult.Done;
        // One that is between two hosts is the move's alone: its guest may stand still here for good, or not be here yet.
        if (moves.Holds(uid)) return ReconcileResult.After(Soon / 2);
        var state = await NodeTracing.StepAsync("inspect", () => drivers.Machines.InspectAsync(uid, cancellationToken));
        var before = notes.Read(uid);
        var decision = MachineDecision.Decide(machine, state, before, context.Time.GetUtcNow(), state.LacksRoom && await HasRoomAsync(uid, cancellationToken));
        if (decision.Notes != before) Note(machine, uid, decision.Notes);
        return decision.Action switch
        {
            MachineAction.Remove => await RemoveAsync(machine, uid, cancellationToken),
            MachineAction.Start start => await StartAsync(machine, uid, state, decision, start, cancellationToken),
            MachineAction.Stop stop => await TellAsync(machine, await drivers.Machines.StopAsync(uid, stop.Grace, cancellationToken), decision, null, cancellationToken),
            MachineAction.Kill => await TellAsync(machine, await drivers.Machines.KillAsync(uid, cancellationToken), decision, null, cancellationToken),
            MachineAction.Pause => await TellAsync(machine, await drivers.Pausing.PauseAsync(uid, cancellationToken), decision, null, cancellationToken),
            MachineAction.Resume => await TellAsync(machine, await drivers.Pausing.ResumeAsync(uid, cancellationToken), decision, null, cancellationToken),
            MachineAction.Rest => await TellAsync(machine, state, decision, null, cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException("an action that nobody carries out"),
        };
    }

    private async Task<ReconcileResult> StartAsync(VirtualMachine machine, string uid, WorkloadState state, MachineDecision decision, MachineAction.Start start, CancellationToken cancellationToken)
    {
        try
        {
            var launch = await preparation.PrepareAsync(machine, (ports, volumes) => notes.Write(uid, decision.Notes with { Ports = ports, Volumes = volumes }), arriving: null, cancellationToken);
            var started = await drivers.Machines.StartAsync(launch, cancellationToken);
            _failures.TryRemove(uid, out _);
            _waiting.TryRemove(uid, out _);
            if (start.ByPolicy)
            {
                var counted = notes.Read(uid);
                counted = counted with { Restarts = counted.Restarts + 1 };
                notes.Write(uid, counted);
                decision = decision with { Notes = counted };
            }
            context.Events.Record(machine, EventSeverity.Normal, "Started", $"the machine was started{(started.Accelerator is { } accelerator ? $" with {accelerator}" : "")}");
            return await TellAsync(machine, started, decision with { Action = new MachineAction.Rest(null) }, null, cancellationToken);
        }
        catch (NotReadyException waits)
        {
            // Most of the time it is being made this moment. What lasts is told; a report of each moment would be a durable write in the way of those that are waited for.
            var now = context.Time.GetUtcNow();
            var waited = now - _waiting.GetOrAdd(uid, now);
            if (waited < Soon) return ReconcileResult.After(waited / 4 < FirstLook ? FirstLook : waited / 4);
            await TellAsync(machine, state, decision, new Obstacle(waits.Reason, waits.Message, Final: false), cancellationToken);
            return ReconcileResult.After(Soon);
        }
        catch (Exception failure) when (failure is WorkloadException or VolumeException or NetworkSetupException or IOException)
        {
            var times = _failures.AddOrUpdate(uid, 1, (_, known) => Math.Min(known + 1, 20));
            context.Events.Record(machine, EventSeverity.Warning, "FailedStart", failure.Message);
            await TellAsync(machine, await drivers.Machines.InspectAsync(uid, cancellationToken), decision, new Obstacle("FailedStart", failure.Message, Final: true), cancellationToken);
            return ReconcileResult.After(TimeSpan.FromTicks(Math.Min(Soon.Ticks << times, LongestPause.Ticks)));
        }
    }

    private async Task<ReconcileResult> RemoveAsync(VirtualMachine machine, string uid, CancellationToken cancellationToken)
    {
        foreach (var port in notes.Read(uid).Ports) await drivers.Networks.UnbindAsync(port, cancellationToken);
        await drivers.Machines.DeleteAsync(uid, cancellationToken);
        drivers.Seeds.Delete(uid);
        await context.Client.ChangeStatusAsync(machine, current => MachineReport.Removed(current, context.Time.GetUtcNow()), cancellationToken);
        notes.Delete(uid);
        _failures.TryRemove(uid, out _);
        _triedAgain.TryRemove(uid, out _);
        _waiting.TryRemove(uid, out _);
        return ReconcileResult.Done;
    }

    private void Note(VirtualMachine machine, string uid, MachineNotes noted)
    {
        try
        {
            notes.Write(uid, noted);
        }
        catch (IOException full) when (DiskFull.Is(full))
        {
            context.Events.Record(machine, EventSeverity.Warning, MachineReport.DiskFullReason, "the node's disk is full: it can't note what to do with the machine, and does nothing until there is room");
            throw;
        }
    }

    // Room beyond the reserve, so that one who fills it again at once does not take turns with the disk; and not at each of QEMU's words.
    private async Task<bool> HasRoomAsync(string uid, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        if (_triedAgain.TryGetValue(uid, out var last) && now - last < Resync / 2) return false;
        foreach (var volume in notes.Read(uid).Volumes)
        {
            foreach (var pool in await drivers.Volumes.HoldersAsync(volume, cancellationToken))
            {
                if (PoolFolder.RoomOf(await drivers.Volumes.Of(pool).SpaceAsync(cancellationToken)) <= 0) return false;
            }
        }
        _triedAgain[uid] = now;
        return true;
    }

    private async Task<ReconcileResult> TellAsync(VirtualMachine machine, WorkloadState state, MachineDecision decision, Obstacle? obstacle, CancellationToken cancellationToken)
    {
        using var span = NodeTracing.Step("report");
        var report = new MachineReport(state, decision.Action, obstacle, decision.Notes.Restarts, decision.Result);
        await context.Client.ChangeStatusAsync(machine, current => report.ApplyTo(current, context.Time.GetUtcNow()), cancellationToken);
        Tell(machine, state);
        if (decision.Action is MachineAction.Pause or MachineAction.Resume) return ReconcileResult.After(TimeSpan.FromMilliseconds(20));
        var again = (decision.Action as MachineAction.Rest)?.LookAgain ?? state.StopDeadline;
        var pause = again is { } due ? due - context.Time.GetUtcNow() + TimeSpan.FromMilliseconds(20) : Resync;
        return ReconcileResult.After(pause < TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : pause > Resync ? Resync : pause);
    }

    private void Tell(VirtualMachine machine, WorkloadState state)
    {
        var (phase, ready) = (machine.Status!.Phase, machine.Status.Conditions.Find("GuestReady"));
        if (state is { LacksRoom: true, Phase: WorkloadPhase.Paused } && machine.Status.Conditions.Find("Running")?.Reason != MachineReport.DiskFullReason) context.Events.Record(machine, EventSeverity.Warning, MachineReport.DiskFullReason, MachineReport.NoRoom);
        if (state is { LacksRoom: false, Phase: WorkloadPhase.Paused } && phase != MachinePhase.Paused) context.Events.Record(machine, EventSeverity.Normal, "Paused", "the guest's processors are held");
        if (state.IsRunning && state.Phase != WorkloadPhase.Paused && phase == MachinePhase.Paused) context.Events.Record(machine, EventSeverity.Normal, "Resumed", "the guest's processors go on");
        if (state is { GuestReady: true, Phase: WorkloadPhase.Running } && ready is not ({ Status: "True" } or { Reason: MachineReport.PausedReason })) context.Events.Record(machine, EventSeverity.Normal, "GuestReady", "the guest has said that it is ready");
        if (state is { Phase: WorkloadPhase.Stopped, Exit: { } exit } && machine.Status!.Conditions.IsTrue("Running"))
        {
            var severity = exit.Reason is ExitReason.Stopped or ExitReason.GuestShutdown ? EventSeverity.Normal : EventSeverity.Warning;
            context.Events.Record(machine, severity, exit.Reason.ToString(), exit.Message);
        }
    }
}

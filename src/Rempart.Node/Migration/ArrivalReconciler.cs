using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Networks;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Node.Migration;

/// <summary>Takes machines of other nodes. What comes is let go only once the API has answered that it belongs here; until then it can be thrown away at any time.</summary>
internal sealed class ArrivalReconciler(ControllerContext context, ListQuery part, MoveHost host, MachinePreparation preparation) : IReconciler
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CommitAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Unasked = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CloseLook = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Doubted = TimeSpan.FromSeconds(10);

    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>(part);
    private readonly Patience _waiting = new(TimeSpan.FromSeconds(60), host.Time);
    private readonly Patience _letting = new(TimeSpan.FromSeconds(60), host.Time);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var notes = host.Notes.Find(key, MoveRole.Target);
        if (await host.MoveAsync(_moves.Get(key), notes, cancellationToken) is not { } move) return notes is null ? ReconcileResult.Done : await EndAsync(null, notes, cancellationToken);
        if (move.Status?.TargetNode != host.Node || MigrationMarks.StaysOnHost(move)) return ReconcileResult.Done;
        if (notes is null)
        {
            if (MigrationPhase.IsEnded(move.Status.Phase) || MigrationMarks.IsCommitted(move) || move.Status.Target is { State: MigrationState.Failed or MigrationState.Released }) return ReconcileResult.Done;
            if (move.Status.Source is not { Authority: not null, Machine: not null, Address: not null }) return ReconcileResult.Done;
        }
        else if (MigrationPhase.IsEnded(move.Status.Phase) || MigrationMarks.IsCommitted(move))
        {
            return await EndAsync(move, notes, cancellationToken);
        }
        // Whoever leads moves has not seen it yet; whatever was tried meanwhile would hide it.
        if (move.Status.Target?.State == MigrationState.Failed) return ReconcileResult.After(Again);
        try
        {
            notes ??= host.Notes.Write(MoveHost.NotesOf(move, MoveRole.Target));
            if (notes.Stage == MoveStage.Preparing) notes = await PrepareAsync(move, notes, cancellationToken);
            if (await TakeAsync(move, notes, cancellationToken) is { } later) return later;
        }
        catch (NotReadyException waits)
        {
            if (!_waiting.IsOver(move.Metadata.Uid!)) return ReconcileResult.After(Again / 2);
            await host.FailAsync(move, MoveRole.Target, waits, cancellationToken);
            return ReconcileResult.After(Again);
        }
        catch (Exception failure) when (failure is MoveException or WorkloadException or QmpException or VolumeException or NetworkSetupException or System.Net.Sockets.SocketException || (failure is IOException and not QmpDisconnectedException))
        {
            await host.FailAsync(move, MoveRole.Target, failure, cancellationToken);
            return ReconcileResult.After(Again);
        }
        return await LetGoAsync(move, notes, cancellationToken);
    }

    // From the beginning each time: what an earlier try left is thrown away, and nothing was sent to it yet.
    private async Task<MoveNotes> PrepareAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var source = move.Status!.Source!;
        var (held, believed) = await host.HoldsAsync(notes, cancellationToken);
        if (!believed) throw new NotReadyException("ClusterChanged", "this node does not believe the cluster, whose store is another or an older one: join it anew first");
        if (held is not null || await host.MachineAsync(notes, cancellationToken) is not { } machine) throw new MoveException("the machine is not another node's to be taken over");
        if ((await host.Drivers.Machines.InspectAsync(notes.MachineUid, cancellationToken)).IsRunning) throw new MoveException("a machine with this uid runs here already");
        await host.TargetSaysAsync(move, said => said.State == MigrationState.Failed ? said : said with { State = MigrationState.Preparing, Message = null }, cancellationToken);
        await host.RemoveAsync(notes.MachineUid, cancellationToken);
        var own = await host.AddressAsync(cancellationToken);
        var peer = MoveHost.Peer(source.Address, "the source's address", own);
        var launch = await preparation.PrepareAsync(machine, (ports, volumes) => host.MachineNotes.Write(notes.MachineUid, Noted(machine, ports, volumes)), arriving: (move.Spec.Volumes ?? []).ToDictionary(volume => volume.Name, volume => volume.Pool, StringComparer.Ordinal), cancellationToken);
        await host.Drivers.Machines.StartAsync(launch with { Arriving = MoveShape.Of(source.Machine!), RunsSince = machine.Status?.StartedAt }, cancellationToken);
        var keys = MoveKeys.Create(notes.MigrationUid, MoveRole.Target, host.Time);
        var (memory, disks) = await host.Machines.UseAsync(notes.MachineUid, (record, session, token) =>
            TargetEngine.ListenAsync(session, record, notes.MigrationUid, keys, source.Authority!, own, peer, token), cancellationToken);
        notes = host.Notes.Write(notes with { Stage = MoveStage.Ready, MemoryPort = memory, DiskPort = disks });
        await host.TargetSaysAsync(move, said => said with { State = MigrationState.Listening, Address = own.ToString(), MemoryPort = memory, DiskPort = disks, Authority = keys.Authority }, cancellationToken);
        return notes;
    }

    // Null once the machine belongs here.
    private async Task<ReconcileResult?> TakeAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        // The agent died between its note and its word: the authority is lost with it, and no source can have begun.
        if (move.Status!.Target?.State is null or MigrationState.Preparing && (Seen(notes) ?? move).Status!.Target?.Authority is null
            && await host.MoveAsync(notes, cancellationToken) is { Status.Target.Authority: null })
        {
            host.Notes.Write(notes with { Stage = MoveStage.Preparing });
            return ReconcileResult.After(TimeSpan.Zero);
        }
        while (true)
        {
            var (loaded, pulse) = await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                var next = session.NextPulse;
                return (await TargetEngine.IsLoadedAsync(session, token), next);
            }, cancellationToken);
            if (loaded) return await CommitAsync(notes, cancellationToken);
            await Task.WhenAny(pulse, Task.Delay(Look, host.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (Seen(notes) is not { } seen || MigrationPhase.IsEnded(seen.Status?.Phase)) return ReconcileResult.After(Look);
        }
    }

    // Nothing but this, and the source's word that all was sent, stands in the pause.
    private async Task<ReconcileResult?> CommitAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        while (true)
        {
            await SentAsync(notes, cancellationToken);
            if (await host.TryCommitAsync(notes, cancellationToken) is { } committed) return committed ? null : ReconcileResult.After(Look);
            await Task.Delay(CommitAgain, host.Time, cancellationToken);
        }
    }

    // Before that a commit is refused. What this agent has seen may be old: it asks all the same after a while.
    private async Task SentAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        var since = host.Time.GetTimestamp();
        while (Seen(notes) is { Status: { Source.State: not MigrationState.Sent } status } && !MigrationPhase.IsEnded(status.Phase) && host.Time.GetElapsedTime(since) < Unasked) await Task.Delay(CloseLook, host.Time, cancellationToken);
    }

    private MachineMigration? Seen(MoveNotes notes) => _moves.Get(new(notes.Namespace, notes.Name)) is { } seen && seen.Metadata.Uid == notes.MigrationUid ? seen : null;

    // INVARIANT: the API has said that the machine belongs here. From here on nothing fails the move any more: what can't be let go is started anew from its disks.
    private async Task<ReconcileResult> LetGoAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        string? ended = null;
        try
        {
            await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                if (record.Step == MachineStep.Incoming) await TargetEngine.LetGoAsync(session, record, token);
            }, cancellationToken);
            // Records that it runs.
            await host.Drivers.Machines.InspectAsync(notes.MachineUid, cancellationToken);
        }
        catch (WorkloadException)
        {
            // It belongs here and does not run any more: whoever keeps machines running looks after it.
            ended = "the machine belongs to this node and ended at once";
        }
        catch (Exception refused) when (refused is QmpException or QmpDisconnectedException)
        {
            if (!_letting.IsOver(notes.MigrationUid)) return ReconcileResult.After(Look);
            await host.Drivers.Machines.KillAsync(notes.MachineUid, cancellationToken);
            ended = $"the machine belongs to this node, where its guest could not go on: it was ended and is started from its disks ({refused.Message})";
        }
        if (move is not null) await host.TargetSaysAsync(move, said => said with { State = MigrationState.Running, Message = ended }, cancellationToken);
        if (ended is null) await TidyAsync(notes, cancellationToken);
        Forget(notes);
        return ReconcileResult.Done;
    }

    // Its guest runs: what can't be taken back is in nobody's way but the next move's, which says so.
    private async Task TidyAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            await host.Machines.UseAsync(notes.MachineUid, (record, session, token) => TargetEngine.TidyAsync(session, record, notes.DiskPort, token), cancellationToken);
        }
        catch (Exception failure) when (failure is WorkloadException or QmpException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
        }
    }

    /// <summary>The move is over, or committed: which of both is asked afresh, and decides who has the machine.</summary>
    private async Task<ReconcileResult> EndAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var (machine, believed) = await host.HoldsAsync(notes, cancellationToken);
        if (machine is not null && machine.Status?.RunGeneration == notes.RunGeneration + 1) return await LetGoAsync(move, notes, cancellationToken);
        if (!believed) return ReconcileResult.After(Doubted);
        await host.RemoveAsync(notes.MachineUid, cancellationToken);
        if (move is not null) await host.TargetSaysAsync(move, said => said with { State = MigrationState.Released }, cancellationToken);
        Forget(notes);
        return ReconcileResult.Done;
    }

    private void Forget(MoveNotes notes)
    {
        host.Notes.Delete(notes);
        _waiting.Forget(notes.MigrationUid);
        _letting.Forget(notes.MigrationUid);
    }

    private static MachineNotes Noted(VirtualMachine machine, IReadOnlyList<string> ports, IReadOnlyList<string> volumes) => new()
    {
        Ports = ports,
        Volumes = volumes,
        Restarts = machine.Status?.RestartCount ?? 0,
        OperationId = machine.Status?.OperationResult?.Id,
        StopGraceSeconds = machine.Spec.StopGracePeriodSeconds,
    };
}

using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>(part);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var notes = host.Notes.Find(key, MoveRole.Target);
        if (await host.MoveAsync(key, _moves.Get(key), notes, cancellationToken) is not { } move) return notes is null ? ReconcileResult.Done : await EndAsync(null, notes, cancellationToken);
        if (move.Status?.TargetNode != host.Node) return ReconcileResult.Done;
        if (notes is null)
        {
            if (MigrationPhase.IsEnded(move.Status.Phase) || MoveHost.IsCommitted(move) || move.Status.Target is { State: MigrationState.Failed or MigrationState.Released }) return ReconcileResult.Done;
            if (move.Status.Source is not { Authority: not null, Machine: not null, Address: not null }) return ReconcileResult.Done;
        }
        else if (MigrationPhase.IsEnded(move.Status.Phase) || MoveHost.IsCommitted(move))
        {
            return await EndAsync(move, notes, cancellationToken);
        }
        try
        {
            notes ??= host.Notes.Write(MoveHost.NotesOf(move, MoveRole.Target));
            if (notes.Stage == MoveStage.Preparing) notes = await PrepareAsync(move, notes, cancellationToken);
            return await TakeAsync(move, notes, cancellationToken);
        }
        catch (NotReadyException waits)
        {
            var since = move.Status.StartedAt ?? host.Time.GetUtcNow();
            if (host.Time.GetUtcNow() - since < Patience) return ReconcileResult.After(Again / 2);
            await FailAsync(move, waits, cancellationToken);
        }
        catch (Exception failure) when (failure is MoveException or WorkloadException or QmpException or VolumeException or NetworkSetupException or System.Net.Sockets.SocketException || (failure is IOException and not QmpDisconnectedException))
        {
            await FailAsync(move, failure, cancellationToken);
        }
        return ReconcileResult.After(Again);
    }

    // From the beginning each time: what an earlier try left is thrown away, and nothing was sent to it yet.
    private async Task<MoveNotes> PrepareAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var source = move.Status!.Source!;
        if (await host.MachineAsync(notes, cancellationToken) is not { } machine || machine.Status?.NodeName == host.Node) throw new MoveException("the machine is not another node's to be taken over");
        if ((await host.Drivers.Machines.InspectAsync(notes.MachineUid, cancellationToken)).IsRunning) throw new MoveException("a machine with this uid runs here already");
        await host.TargetSaysAsync(move, said => said with { State = MigrationState.Preparing, Message = null }, cancellationToken);
        await host.RemoveAsync(notes.MachineUid, cancellationToken);
        var (own, peer) = (await host.AddressAsync(cancellationToken), MoveHost.Parse(source.Address, "the source's address"));
        var launch = await preparation.PrepareAsync(machine, (ports, volumes) => host.MachineNotes.Write(notes.MachineUid, Noted(machine, ports, volumes)), arriving: true, cancellationToken);
        await host.Drivers.Machines.StartAsync(launch with { Arriving = MoveShape.Of(source.Machine!), RunsSince = machine.Status?.StartedAt }, cancellationToken);
        var keys = MoveKeys.Create(notes.MigrationUid, MoveRole.Target, host.Time);
        var (memory, disks) = await host.Machines.UseAsync(notes.MachineUid, (record, session, token) =>
            TargetEngine.ListenAsync(session, record, notes.MigrationUid, keys, source.Authority!, own, peer, token), cancellationToken);
        notes = host.Notes.Write(notes with { Stage = MoveStage.Ready, MemoryPort = memory, DiskPort = disks });
        await host.TargetSaysAsync(move, said => said with { State = MigrationState.Listening, Address = own.ToString(), MemoryPort = memory, DiskPort = disks, Authority = keys.Authority }, cancellationToken);
        return notes;
    }

    private async Task<ReconcileResult> TakeAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        // The agent died between its note and its word: the authority is lost with it, and no source can have begun.
        if (move.Status!.Target?.State is null or MigrationState.Preparing && (_moves.Get(new(notes.Namespace, notes.Name)) ?? move).Status!.Target?.Authority is null
            && await host.Client.FindAsync<MachineMigration>(notes.Namespace, notes.Name, cancellationToken) is { Status.Target.Authority: null })
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
            if (loaded) return await CommitAsync(move, notes, cancellationToken);
            await Task.WhenAny(pulse, Task.Delay(Look, host.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (_moves.Get(new(notes.Namespace, notes.Name)) is not { } seen || seen.Metadata.Uid != notes.MigrationUid) return ReconcileResult.After(Look);
            if (MigrationPhase.IsEnded(seen.Status?.Phase)) return await EndAsync(seen, notes, cancellationToken);
        }
    }

    // Nothing but this stands in the pause.
    private async Task<ReconcileResult> CommitAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var binding = new MachineBinding
        {
            ApiVersion = KindInfo.Of<VirtualMachine>().ApiVersion,
            Kind = nameof(MachineBinding),
            NodeName = host.Node,
            Migration = notes.Name,
            MigrationUid = notes.MigrationUid,
            RunGeneration = notes.RunGeneration,
        };
        var path = KindInfo.Of<VirtualMachine>().Path(notes.Namespace, notes.Machine, "binding");
        while (true)
        {
            try
            {
                await host.Client.SendAsync(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(binding, ApiJson.Lenient.GetTypeInfo(typeof(MachineBinding))), null, null, cancellationToken);
                return await LetGoAsync(move, notes, cancellationToken);
            }
            catch (ApiException refused) when (refused.Code is >= 400 and < 500 and not 429 and not 408)
            {
                // The move was given up, or says so at the next look. In doubt it is asked again: an answer can be lost, a commit can't.
                var now = await host.Client.FindAsync<MachineMigration>(notes.Namespace, notes.Name, cancellationToken);
                if (now is null || now.Metadata.Uid != notes.MigrationUid || MigrationPhase.IsEnded(now.Status?.Phase)) return ReconcileResult.After(Look);
                if (refused.Code != 409) throw new MoveException($"the machine can't be bound here: {refused.Message}", refused);
            }
            catch (Exception failure) when (failure is HttpRequestException or ApiException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // In doubt nobody runs it until it is known.
            }
            await Task.Delay(CommitAgain, host.Time, cancellationToken);
        }
    }

    // INVARIANT: the API has said that the machine belongs here.
    private async Task<ReconcileResult> LetGoAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            var state = await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                if (record.Step == MachineStep.Incoming) await TargetEngine.LetGoAsync(session, record, token);
                return true;
            }, cancellationToken);
            // Records that it runs.
            await host.Drivers.Machines.InspectAsync(notes.MachineUid, cancellationToken);
            if (move is not null) await host.TargetSaysAsync(move, said => said with { State = MigrationState.Running, Message = null }, cancellationToken);
            await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                await TargetEngine.TidyAsync(session, record, notes.DiskPort, token);
                return state;
            }, cancellationToken);
        }
        catch (WorkloadException)
        {
            // It belongs here and does not run any more: whoever keeps machines running looks after it.
            if (move is not null) await host.TargetSaysAsync(move, said => said with { State = MigrationState.Running, Message = "the machine belongs to this node and ended at once" }, cancellationToken);
        }
        host.Notes.Delete(notes);
        return ReconcileResult.Done;
    }

    /// <summary>The move is over, or committed: which of both is asked afresh, and decides who has the machine.</summary>
    private async Task<ReconcileResult> EndAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var machine = await host.MachineAsync(notes, cancellationToken);
        if (machine?.Status?.NodeName == host.Node && machine.Status.RunGeneration == notes.RunGeneration + 1) return await LetGoAsync(move, notes, cancellationToken);
        await host.RemoveAsync(notes.MachineUid, cancellationToken);
        if (move is not null) await host.TargetSaysAsync(move, said => said with { State = MigrationState.Released }, cancellationToken);
        host.Notes.Delete(notes);
        return ReconcileResult.Done;
    }

    private static MachineNotes Noted(VirtualMachine machine, IReadOnlyList<string> ports, IReadOnlyList<string> volumes) => new()
    {
        Ports = ports,
        Volumes = volumes,
        Restarts = machine.Status?.RestartCount ?? 0,
        OperationId = machine.Status?.OperationResult?.Id,
        StopGraceSeconds = machine.Spec.StopGracePeriodSeconds,
    };

    private async Task FailAsync(MachineMigration move, Exception failure, CancellationToken cancellationToken) =>
        await host.TargetSaysAsync(move, said => said with { State = MigrationState.Failed, Message = failure.Message }, cancellationToken);
}

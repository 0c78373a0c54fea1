using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Node.Migration;

/// <summary>
/// Sends machines of this node to others, and their disks alone to other pools of it. Until the API says that the machine belongs to the target, this node has it; from the moment on that QEMU
/// has sent all, its guest stands still until the API says either that the move ended without commit, or that it was committed.
/// </summary>
internal sealed class DepartureReconciler(ControllerContext context, ListQuery part, MoveHost host) : IReconciler
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CloseLook = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Doubted = TimeSpan.FromSeconds(10);

    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>(part);
    private readonly PoolMoveReconciler _pools = new(host, context.Cache<MachineMigration>(part));
    private readonly Patience _letting = new(TimeSpan.FromSeconds(60), host.Time);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var notes = host.Notes.Find(key, MoveRole.Source);
        if (PoolMoveReconciler.IsFor(_moves.Get(key), notes)) return await _pools.ReconcileAsync(await host.MoveAsync(_moves.Get(key), notes, cancellationToken), notes, cancellationToken);
        if (await host.MoveAsync(_moves.Get(key), notes, cancellationToken) is not { } move) return notes is null ? ReconcileResult.Done : await EndAsync(null, notes, cancellationToken);
        if (move.Status?.SourceNode != host.Node) return ReconcileResult.Done;
        if (notes is null)
        {
            if (MigrationPhase.IsEnded(move.Status.Phase) || MigrationMarks.IsCommitted(move) || move.Status.TargetNode is null || move.Status.Source is { State: MigrationState.Failed or MigrationState.Released or MigrationState.Resumed }) return ReconcileResult.Done;
            return await BeginAsync(move, cancellationToken);
        }
        if (MigrationMarks.IsCommitted(move) || MigrationPhase.IsEnded(move.Status.Phase)) return await EndAsync(move, notes, cancellationToken);
        // Whoever leads moves has not seen it yet; whatever is told meanwhile would hide it.
        if (move.Status.Source?.State == MigrationState.Failed) return ReconcileResult.After(Again);
        try
        {
            return notes.Stage == MoveStage.Preparing ? await LoadAsync(move, notes, cancellationToken) : await SendAsync(move, notes, cancellationToken);
        }
        catch (Exception failure) when (EndsIt(failure))
        {
            await host.FailAsync(move, MoveRole.Source, failure, cancellationToken);
            return ReconcileResult.After(Again);
        }
    }

    // A full disk takes no notes.
    private static bool EndsIt(Exception failure) => failure is MoveException or WorkloadException or QmpException || (failure is IOException and not QmpDisconnectedException);

    private async Task<ReconcileResult> BeginAsync(MachineMigration move, CancellationToken cancellationToken)
    {
        var notes = MoveHost.NotesOf(move, MoveRole.Source);
        try
        {
            if (await host.MachineAsync(notes, cancellationToken) is not { } machine || machine.Status?.NodeName != host.Node || (machine.Status.RunGeneration ?? 0) != notes.RunGeneration)
                throw new MoveException($"the machine is not bound to node `{host.Node}` as it was when the move began");
            var address = await host.AddressAsync(cancellationToken);
            var shape = await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                var state = await session.StateAsync(token);
                if (record.Step != MachineStep.Running || record.StopDeadline is not null || state != RunningMachine.Runs) throw new MoveException($"the machine does not simply run; it is `{state}`");
                return record.Shape ?? throw new MoveException("the machine was started by an earlier version of this node's agent, which did not note what it is made of; restart it first");
            }, cancellationToken);
            notes = host.Notes.Write(notes with { Keys = MoveKeys.Create(notes.MigrationUid, MoveRole.Source, host.Time) });
            await host.SourceSaysAsync(move, said => said with { State = MigrationState.Preparing, Message = null, Authority = notes.Keys!.Authority, Address = address.ToString(), Machine = MoveShape.Of(shape) }, cancellationToken);
            return ReconcileResult.After(Again);
        }
        catch (Exception failure) when (EndsIt(failure))
        {
            await host.FailAsync(move, MoveRole.Source, failure, cancellationToken);
            return ReconcileResult.Done;
        }
    }

    // Once the target listens.
    private async Task<ReconcileResult> LoadAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        if (move.Status!.Source?.Authority is null && notes.Keys is { } made)
        {
            // The agent died between its note and its word.
            var address = await host.AddressAsync(cancellationToken);
            var shape = await host.Machines.UseAsync(notes.MachineUid, (record, _, _) => Task.FromResult(record.Shape!), cancellationToken);
            await host.SourceSaysAsync(move, said => said with { State = MigrationState.Preparing, Authority = made.Authority, Address = address.ToString(), Machine = MoveShape.Of(shape) }, cancellationToken);
        }
        if (move.Status.Target is not { State: MigrationState.Listening, Authority: { } peer }) return ReconcileResult.After(Again);
        var keys = notes.Keys ?? throw new MoveException("the move's keys are lost");
        await host.Machines.UseAsync(notes.MachineUid, (record, session, token) => MoveCredentials.LoadAsync(session, record.HostUid, notes.MigrationUid, MoveRole.Source, keys, peer, token), cancellationToken);
        host.Notes.Write(notes with { Stage = MoveStage.Ready, Keys = null });
        return await SendAsync(move, notes with { Stage = MoveStage.Ready, Keys = null }, cancellationToken);
    }

    private async Task<ReconcileResult> SendAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var settings = Settings(move, notes, await host.AddressAsync(cancellationToken));
        var (told, switching) = (DateTimeOffset.MinValue, default(DateTimeOffset?));
        using var line = new MemoryLine();
        await using var telling = new Telling((change, token) => TryTellAsync(move, change, token), cancellationToken);
        while (true)
        {
            var (view, pulse) = await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                var next = session.NextPulse;
                return (await SourceEngine.StepAsync(session, record, settings, line, token), next);
            }, cancellationToken);
            var now = host.Time.GetUtcNow();
            switch (view.Stage)
            {
                case SourceStage.Failed:
                    throw new MoveException(view.Failure!);
                case SourceStage.Sent:
                    // The one word that stands in the pause: the target may commit once it was said.
                    await telling.StopAsync(Patience);
                    var heard = await TryTellAsync(move, said => said with { State = MigrationState.Sent, DowntimeMilliseconds = view.Memory.DowntimeMilliseconds, Progress = MoveShape.Progress(view) }, cancellationToken);
                    return ReconcileResult.After(heard ? Again : Look);
                case SourceStage.Sending when now - told >= Each:
                    told = now;
                    telling.Begin(said => said with { State = MigrationState.Transferring, Progress = MoveShape.Progress(view) });
                    break;
                case SourceStage.Switching:
                    // Nothing is told while the guest stands still, unless it does so for long.
                    switching ??= now;
                    if (now - switching > Each / 2 && now - told >= Each)
                    {
                        told = now;
                        telling.Begin(said => said with { State = MigrationState.Paused, Progress = MoveShape.Progress(view) });
                    }
                    break;
            }
            await Task.WhenAny(pulse, Task.Delay(view.Stage == SourceStage.Switching ? CloseLook : Look, host.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (_moves.Get(new(notes.Namespace, notes.Name)) is not { } seen || seen.Metadata.Uid != notes.MigrationUid) return ReconcileResult.After(Look);
            if (MigrationPhase.IsEnded(seen.Status?.Phase) || MigrationMarks.IsCommitted(seen)) return await EndAsync(seen, notes, cancellationToken);
        }
    }

    /// <summary>The move is over, or committed: which of both is asked afresh, and decides who has the machine.</summary>
    private async Task<ReconcileResult> EndAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var (machine, believed) = await host.HoldsAsync(notes, cancellationToken);
        var mine = machine is not null && (machine.Status?.RunGeneration ?? 0) == notes.RunGeneration;
        if (mine && move is not null && !MigrationPhase.IsEnded(move.Status?.Phase)) return ReconcileResult.After(Look);
        if (!believed) return ReconcileResult.After(Doubted);
        if (!mine)
        {
            var stood = await DowntimeAsync(notes, cancellationToken);
            await host.RemoveAsync(notes.MachineUid, cancellationToken);
            if (move is not null) await host.SourceSaysAsync(move, said => said with { State = MigrationState.Released, Message = null, DowntimeMilliseconds = stood ?? said.DowntimeMilliseconds }, cancellationToken);
        }
        else if (await RollBackAsync(notes, cancellationToken) is { } later)
        {
            return later;
        }
        else if (move is not null)
        {
            await host.SourceSaysAsync(move, said => said with { State = MigrationState.Resumed }, cancellationToken);
        }
        host.Notes.Delete(notes);
        _letting.Forget(notes.MigrationUid);
        return ReconcileResult.Done;
    }

    // Null when the guest runs on here, or is whoever's who keeps machines running.
    private async Task<ReconcileResult?> RollBackAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            return await host.Machines.UseAsync(notes.MachineUid, (record, session, token) => SourceEngine.RollBackAsync(session, record, token), cancellationToken) ? null : ReconcileResult.After(Look / 2);
        }
        catch (WorkloadException)
        {
            // It has ended meanwhile.
            return null;
        }
        catch (QmpException)
        {
            // Its guest stands still and can't go on: better from its disks than never.
            if (!_letting.IsOver(notes.MigrationUid)) return ReconcileResult.After(Look);
            await host.Drivers.Machines.KillAsync(notes.MachineUid, cancellationToken);
            return null;
        }
    }

    // A commit may be known here before QEMU's last word was heard.
    private async Task<long?> DowntimeAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            var memory = await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => QemuMigration.ReadAsync(session, token), cancellationToken);
            return memory.Status == QemuMigration.Completed ? memory.DowntimeMilliseconds : null;
        }
        catch (Exception failure) when (failure is WorkloadException or QmpException or QmpDisconnectedException)
        {
            return null;
        }
    }

    private static SourceSettings Settings(MachineMigration move, MoveNotes notes, System.Net.IPAddress own)
    {
        var target = move.Status?.Target;
        return new(notes.MigrationUid, own, MoveHost.Peer(target?.Address, "the target's address", own), Port(target?.MemoryPort) ?? throw new MoveException("the target does not say where it takes memory"), Port(target?.DiskPort))
        {
            Bandwidth = move.Spec.Bandwidth?.Units,
            DowntimeLimit = Math.Clamp(move.Spec.DowntimeLimitMilliseconds ?? 100, 1, 60_000),
            AutoConverge = move.Spec.AutoConverge ?? true,
        };
    }

    private static int? Port(int? port) => port is null or (>= 1024 and <= 65_535) ? port : throw new MoveException($"the target's port {port} is none that it can have");

    // A server that does not answer must not end what goes on between two QEMUs.
    private async Task<bool> TryTellAsync(MachineMigration move, Func<MigrationSourceStatus, MigrationSourceStatus> change, CancellationToken cancellationToken)
    {
        // The newest one is known by now, and an old one would cost two requests more.
        if (_moves.Get(new(move.Metadata.Namespace, move.Metadata.Name!)) is { } seen && seen.Metadata.Uid == move.Metadata.Uid) move = seen;
        try
        {
            await host.SourceSaysAsync(move, change, cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is Api.Meta.ApiException or HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}

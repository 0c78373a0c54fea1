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
/// Sends machines of this node to others. Until the API says that the machine belongs to the target, this node has it; from the moment on that QEMU
/// has sent all, its guest stands still until the API says either that the move ended without commit, or that it was committed.
/// </summary>
internal sealed class DepartureReconciler(ControllerContext context, ListQuery part, MoveHost host) : IReconciler
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CloseLook = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(1);

    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>(part);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var notes = host.Notes.Find(key, MoveRole.Source);
        if (await host.MoveAsync(key, _moves.Get(key), notes, cancellationToken) is not { } move) return notes is null ? ReconcileResult.Done : await EndAsync(null, notes, cancellationToken);
        if (move.Status?.SourceNode != host.Node) return ReconcileResult.Done;
        if (notes is null)
        {
            if (MigrationPhase.IsEnded(move.Status.Phase) || MoveHost.IsCommitted(move) || move.Status.TargetNode is null || move.Status.Source is { State: MigrationState.Failed or MigrationState.Released or MigrationState.Resumed }) return ReconcileResult.Done;
            return await BeginAsync(move, cancellationToken);
        }
        if (MoveHost.IsCommitted(move) || MigrationPhase.IsEnded(move.Status.Phase)) return await EndAsync(move, notes, cancellationToken);
        try
        {
            return notes.Stage == MoveStage.Preparing ? await LoadAsync(move, notes, cancellationToken) : await SendAsync(move, notes, cancellationToken);
        }
        catch (Exception failure) when (failure is MoveException or WorkloadException or QmpException)
        {
            await FailAsync(move, failure, cancellationToken);
            return ReconcileResult.After(Again);
        }
    }

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
        catch (Exception failure) when (failure is MoveException or WorkloadException or QmpException)
        {
            await FailAsync(move, failure, cancellationToken);
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
        await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
        {
            await MoveCredentials.LoadAsync(session, record.HostUid, notes.MigrationUid, MoveRole.Source, notes.Keys ?? throw new MoveException("the move's keys are lost"), peer, token);
            return true;
        }, cancellationToken);
        host.Notes.Write(notes with { Stage = MoveStage.Ready, Keys = null });
        return await SendAsync(move, notes with { Stage = MoveStage.Ready, Keys = null }, cancellationToken);
    }

    private async Task<ReconcileResult> SendAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var settings = Settings(move, notes, await host.AddressAsync(cancellationToken));
        var (told, switching) = (DateTimeOffset.MinValue, default(DateTimeOffset?));
        while (true)
        {
            var (view, pulse) = await host.Machines.UseAsync(notes.MachineUid, async (record, session, token) =>
            {
                var next = session.NextPulse;
                return (await SourceEngine.StepAsync(session, record, settings, token), next);
            }, cancellationToken);
            var now = host.Time.GetUtcNow();
            switch (view.Stage)
            {
                case SourceStage.Failed:
                    throw new MoveException(view.Failure!);
                case SourceStage.Sent:
                    await TryTellAsync(move, said => said with { State = MigrationState.Sent, DowntimeMilliseconds = view.Memory.DowntimeMilliseconds, Progress = MoveShape.Progress(view) }, cancellationToken);
                    return ReconcileResult.After(Again);
                case SourceStage.Sending when now - told >= Telling:
                    told = now;
                    await TryTellAsync(move, said => said with { State = MigrationState.Transferring, Progress = MoveShape.Progress(view) }, cancellationToken);
                    break;
                case SourceStage.Switching:
                    // Nothing is told while the guest stands still, unless it does so for long.
                    switching ??= now;
                    if (now - switching > Telling / 2 && now - told >= Telling)
                    {
                        told = now;
                        await TryTellAsync(move, said => said with { State = MigrationState.Paused, Progress = MoveShape.Progress(view) }, cancellationToken);
                    }
                    break;
            }
            await Task.WhenAny(pulse, Task.Delay(view.Stage == SourceStage.Switching ? CloseLook : Look, host.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (_moves.Get(new(notes.Namespace, notes.Name)) is not { } seen || seen.Metadata.Uid != notes.MigrationUid) return ReconcileResult.After(Look);
            if (MigrationPhase.IsEnded(seen.Status?.Phase) || MoveHost.IsCommitted(seen)) return await EndAsync(seen, notes, cancellationToken);
        }
    }

    /// <summary>The move is over, or committed: which of both is asked afresh, and decides who has the machine.</summary>
    private async Task<ReconcileResult> EndAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var machine = await host.MachineAsync(notes, cancellationToken);
        var mine = machine?.Status?.NodeName == host.Node && (machine.Status.RunGeneration ?? 0) == notes.RunGeneration;
        if (!mine)
        {
            // A move that is gone, of a machine that is not to be seen: it was committed, or the machine is deleted; the sweep of orphans makes sure.
            if (!MoveHost.IsCommitted(move) && machine is null)
            {
                host.Notes.Delete(notes);
                return ReconcileResult.Done;
            }
            var stood = await DowntimeAsync(notes, cancellationToken);
            await host.RemoveAsync(notes.MachineUid, cancellationToken);
            if (move is not null) await host.SourceSaysAsync(move, said => said with { State = MigrationState.Released, Message = null, DowntimeMilliseconds = stood ?? said.DowntimeMilliseconds }, cancellationToken);
            host.Notes.Delete(notes);
            return ReconcileResult.Done;
        }
        if (move is not null && !MigrationPhase.IsEnded(move.Status?.Phase)) return ReconcileResult.After(Look);
        try
        {
            var done = await host.Machines.UseAsync(notes.MachineUid, (record, session, token) => SourceEngine.RollBackAsync(session, record, token), cancellationToken);
            if (!done) return ReconcileResult.After(Look / 2);
        }
        catch (WorkloadException)
        {
            // It has ended meanwhile: whoever keeps machines running looks after it from here on.
        }
        if (move is not null) await host.SourceSaysAsync(move, said => said with { State = MigrationState.Resumed }, cancellationToken);
        host.Notes.Delete(notes);
        return ReconcileResult.Done;
    }

    // A commit may be known here before QEMU's last word was heard.
    private async Task<long?> DowntimeAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            var memory = await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => SourceEngine.StatusAsync(session, token), cancellationToken);
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
        return new(notes.MigrationUid, own, MoveHost.Parse(target?.Address, "the target's address"), Port(target?.MemoryPort) ?? throw new MoveException("the target does not say where it takes memory"), Port(target?.DiskPort))
        {
            Bandwidth = move.Spec.Bandwidth?.Units,
            DowntimeLimit = Math.Clamp(move.Spec.DowntimeLimitMilliseconds ?? 100, 1, 60_000),
            AutoConverge = move.Spec.AutoConverge ?? true,
        };
    }

    private static int? Port(int? port) => port is null or (>= 1024 and <= 65_535) ? port : throw new MoveException($"the target's port {port} is none that it can have");

    private async Task FailAsync(MachineMigration move, Exception failure, CancellationToken cancellationToken) =>
        await host.SourceSaysAsync(move, said => said with { State = MigrationState.Failed, Message = failure.Message }, cancellationToken);

    // A server that does not answer must not end what goes on between two QEMUs.
    private async Task TryTellAsync(MachineMigration move, Func<MigrationSourceStatus, MigrationSourceStatus> change, CancellationToken cancellationToken)
    {
        try
        {
            await host.SourceSaysAsync(move, change, cancellationToken);
        }
        catch (Exception failure) when (failure is Api.Meta.ApiException or HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
        }
    }
}

using Rempart.Api.Compute;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Node.Migration;

/// <summary>
/// Moves of disks alone, on the host that keeps the machine. First everything is in both pools; then the API commits, and nothing but going on is left; then the note is
/// written that the new files count, and QEMU takes them; last the old ones are removed. Until that note the old files have all that a guest was told is written.
/// As long as there are notes nobody else starts, stops or removes anything of the machine.
/// </summary>
internal sealed class PoolMoveReconciler(MoveHost host, ICache<MachineMigration> moves)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CloseLook = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Doubted = TimeSpan.FromSeconds(10);

    private readonly PoolDisks _disks = new(host);
    private readonly KeyedGate _plans = new();

    /// <summary>Whether a move is one of these.</summary>
    public static bool IsFor(MachineMigration? move, MoveNotes? notes) => notes is null ? MigrationMarks.StaysOnHost(move) : notes.Disks is not null;

    /// <param name="move">The move; null when it is gone.</param>
    /// <param name="notes">What was noted of it; null before it has begun here and after its end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ReconcileResult> ReconcileAsync(MachineMigration? move, MoveNotes? notes, CancellationToken cancellationToken)
    {
        if (notes is null)
        {
            // It failed before anything was noted, so nothing of it is here.
            if (move?.Status is { Source.State: MigrationState.Failed } over && MigrationPhase.IsEnded(over.Phase)) await host.SourceSaysAsync(move, said => said with { State = MigrationState.Resumed }, cancellationToken);
            if (move is null || MigrationPhase.IsEnded(move.Status!.Phase) || move.Status.Source is { State: MigrationState.Failed or MigrationState.Released or MigrationState.Resumed }) return ReconcileResult.Done;
            return await BeginAsync(move, cancellationToken);
        }
        if (move is null || MigrationPhase.IsEnded(move.Status?.Phase) || MigrationMarks.IsCommitted(move)) return await EndAsync(move, notes, cancellationToken);
        // Whoever leads moves has not seen it yet.
        if (move.Status?.Source?.State == MigrationState.Failed) return ReconcileResult.After(Again);
        try
        {
            return await CopyAsync(move, notes, cancellationToken);
        }
        catch (Exception failure) when (EndsIt(failure))
        {
            await FailAsync(move, failure, cancellationToken);
            return ReconcileResult.After(Again);
        }
    }

    private static bool EndsIt(Exception failure) => failure is MoveException or WorkloadException or VolumeException or QmpException || (failure is IOException and not QmpDisconnectedException);

    private async Task<ReconcileResult> BeginAsync(MachineMigration move, CancellationToken cancellationToken)
    {
        try
        {
            var notes = MoveHost.NotesOf(move, MoveRole.Source);
            if (await host.MachineAsync(notes, cancellationToken) is not { } machine || machine.Status?.NodeName != host.Node || (machine.Status.RunGeneration ?? 0) != notes.RunGeneration)
                throw new MoveException($"the machine is not bound to node `{host.Node}` as it was when the move began");
            // Those that begin look at the room one after the other, and each at what those before it have noted.
            using (await _plans.EnterAsync("room", cancellationToken))
            {
                notes = notes with { Disks = await _disks.PlanAsync(machine, move.Spec.Volumes ?? [], cancellationToken) };
                await _disks.RequireRoomForAllAsync(notes, cancellationToken);
                host.Notes.Write(notes);
            }
            await host.SourceSaysAsync(move, said => said with { State = MigrationState.Preparing, Message = null }, cancellationToken);
            return await CopyAsync(move, notes, cancellationToken);
        }
        catch (Exception failure) when (EndsIt(failure))
        {
            await FailAsync(move, failure, cancellationToken);
            return ReconcileResult.After(Again);
        }
    }

    // Until all is in both pools, and the API has committed.
    private async Task<ReconcileResult> CopyAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        if (!_disks.IsCopied(notes) && !await _disks.RunsAsync(notes, cancellationToken))
        {
            await TellAsync(move, said => said with { State = MigrationState.Transferring }, cancellationToken);
            if (!await CopyStoppedAsync(move, notes, cancellationToken)) return ReconcileResult.After(TimeSpan.Zero);
        }
        var (told, whole) = (new PoolProgress(host.Time), false);
        while (true)
        {
            var runs = await _disks.RunsAsync(notes, cancellationToken);
            if (!runs && _disks.IsCopied(notes)) whole = true;
            else if (!runs) throw new MoveException("the machine ended while its disks were copied");
            else
            {
                var jobs = await _disks.StepAsync(notes, move.Spec.Bandwidth?.Units, cancellationToken);
                if (jobs.FirstOrDefault(job => PoolEngine.HasFailed(job.Value)) is { Key: { } broken, Value: var job }) throw new MoveException($"QEMU could not copy disk `{broken}`{(job.Error is { } error ? $": {error}" : "")}");
                whole = jobs.Count == notes.Disks!.Count && jobs.Values.All(one => one.Status == QemuJob.Ready);
                if (!whole && told.IsDue) await TellAsync(move, said => said with { State = MigrationState.Transferring, Progress = told.Of(jobs.Values.Sum(one => one.Total), jobs.Values.Sum(one => one.Done)) }, cancellationToken);
            }
            if (whole)
            {
                await TellAsync(move, said => said with { State = MigrationState.Sent, Message = null }, cancellationToken);
                if (await host.TryCommitAsync(notes, cancellationToken) is { } committed) return committed ? await EndAsync(null, notes, cancellationToken) : ReconcileResult.After(Look);
            }
            else if (told.LooksAtRoom)
            {
                await _disks.RequireRoomAsync(notes, cancellationToken);
            }
            if (Over(notes)) return ReconcileResult.After(TimeSpan.Zero);
            await Task.Delay(Look, host.Time, cancellationToken);
        }
    }

    // False when the move is over meanwhile, or committed.
    private async Task<bool> CopyStoppedAsync(MachineMigration move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var told = new PoolProgress(host.Time);
        return await _disks.CopyAsync(notes, move.Spec.Bandwidth?.Units, async (total, done) =>
        {
            if (told.IsDue) await TellAsync(move, said => said with { State = MigrationState.Transferring, Progress = told.Of(total, done) }, cancellationToken);
            return !Over(notes);
        }, cancellationToken);
    }

    private bool Over(MoveNotes notes) => moves.Get(new(notes.Namespace, notes.Name)) is not { } seen || seen.Metadata.Uid != notes.MigrationUid || MigrationPhase.IsEnded(seen.Status?.Phase) || MigrationMarks.IsCommitted(seen);

    /// <summary>The move is over, or committed: which of both is asked afresh, and decides which files count.</summary>
    private async Task<ReconcileResult> EndAsync(MachineMigration? move, MoveNotes notes, CancellationToken cancellationToken)
    {
        var (machine, believed) = await host.HoldsAsync(notes, cancellationToken);
        if (!believed) return ReconcileResult.After(Doubted);
        var run = machine?.Status?.RunGeneration ?? 0;
        // An answer that is older than the move as it was seen.
        if (machine is not null && move is not null && (run != notes.RunGeneration) != MigrationMarks.IsCommitted(move)) return ReconcileResult.After(Look);
        if (machine is null)
        {
            await host.RemoveAsync(notes.MachineUid, cancellationToken);
            // Volumes may outlive their machine, and then the file that has the data stays, whatever the API says of its pool.
            if (notes.Stage == MoveStage.Switched) await _disks.RemoveOldAsync(notes, cancellationToken);
            else if (!await _disks.RollBackAsync(notes, cancellationToken)) return ReconcileResult.After(CloseLook);
        }
        else if (run == notes.RunGeneration)
        {
            if (!await _disks.RollBackAsync(notes, cancellationToken)) return ReconcileResult.After(CloseLook);
            if (move is not null) await host.SourceSaysAsync(move, said => said with { State = MigrationState.Resumed }, cancellationToken);
            host.Notes.Delete(notes);
            return ReconcileResult.Done;
        }
        else if (await OnwardsAsync(notes, cancellationToken) is { } later)
        {
            return later;
        }
        if ((move ?? await host.MoveAsync(notes, cancellationToken)) is { } over) await host.SourceSaysAsync(over, said => said with { State = MigrationState.Released, Message = null }, cancellationToken);
        host.Notes.Delete(notes);
        return ReconcileResult.Done;
    }

    // Null when the new files are all that there is.
    private async Task<ReconcileResult?> OnwardsAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            while (!await SwitchAsync(notes, cancellationToken))
            {
                notes = host.Notes.Find(new(notes.Namespace, notes.Name), notes.Role) ?? notes;
                await Task.Delay(CloseLook, host.Time, cancellationToken);
            }
            await _disks.RemoveOldAsync(notes, cancellationToken);
            return null;
        }
        catch (Exception trouble) when (EndsIt(trouble) || trouble is QmpDisconnectedException)
        {
            // It can only go on: with QEMU if it lives, from the files if not, when there is room again if that is what lacks.
            if (await host.MoveAsync(notes, cancellationToken) is { } move && move.Status?.Source?.Message != trouble.Message) await TellAsync(move, said => said with { Message = MoveHost.Cut(trouble.Message) }, cancellationToken);
            return ReconcileResult.After(Again);
        }
    }

    private async Task<bool> SwitchAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        if (!await _disks.RunsAsync(notes, cancellationToken))
        {
            if (notes.Stage == MoveStage.Switched) return true;
            if (!_disks.IsCopied(notes)) await _disks.CopyAsync(notes, null, (_, _) => ValueTask.FromResult(true), cancellationToken);
            host.Notes.Write(notes with { Stage = MoveStage.Switched });
            return true;
        }
        if (notes.Stage == MoveStage.Switched)
        {
            if (await _disks.TakeAsync(notes, cancellationToken) is not { } taken) return false;
            // QEMU refused to take one: it reads and writes its old file, and begins again.
            if (!taken) host.Notes.Write(notes with { Stage = MoveStage.Ready });
            return taken;
        }
        var jobs = await _disks.StepAsync(notes, null, cancellationToken);
        if (jobs.Any(job => PoolEngine.HasFailed(job.Value)))
        {
            await _disks.RollBackAsync(notes, cancellationToken);
            throw new MoveException($"QEMU could not copy disk `{jobs.First(job => PoolEngine.HasFailed(job.Value)).Key}`, which is begun again: {jobs.First(job => PoolEngine.HasFailed(job.Value)).Value.Error}");
        }
        if (jobs.Count < notes.Disks!.Count) return false;
        if (jobs.Values.Any(job => job.Status is not (QemuJob.Ready or PoolEngine.Pending))) return false;
        if (jobs.Values.Any(job => job.Status == QemuJob.Ready))
        {
            await _disks.CompleteAsync(notes, jobs.Values, cancellationToken);
            return false;
        }
        try
        {
            host.Notes.Write(notes with { Stage = MoveStage.Switched });
        }
        catch (IOException)
        {
            // The guest's requests are held meanwhile: rather copied once more.
            await _disks.RollBackAsync(notes, cancellationToken);
            throw;
        }
        await _disks.FinalizeAsync(notes, jobs.Values, cancellationToken);
        return false;
    }

    // A server that does not answer must not end what goes on. What is known by now counts: of an older word this one might seem to be no change.
    private async Task TellAsync(MachineMigration move, Func<MigrationSourceStatus, MigrationSourceStatus> change, CancellationToken cancellationToken)
    {
        if (moves.Get(new(move.Metadata.Namespace, move.Metadata.Name!)) is { } seen && seen.Metadata.Uid == move.Metadata.Uid) move = seen;
        try
        {
            await host.SourceSaysAsync(move, change, cancellationToken);
        }
        catch (Exception failure) when (failure is Api.Meta.ApiException or HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
        }
    }

    // Also behind `Sent`: both files are whole then, and a commit finds another word.
    private async Task FailAsync(MachineMigration move, Exception failure, CancellationToken cancellationToken) => await host.Client.ChangeStatusAsync(move, current =>
        MigrationMarks.IsCommitted(current) || MigrationPhase.IsEnded(current.Status?.Phase)
            ? current
            : current with { Status = (current.Status ?? new()) with { Source = (current.Status?.Source ?? new()) with { State = MigrationState.Failed, Message = MoveHost.Cut(failure.Message) } } }, cancellationToken);
}

using Rempart.Api.Storage;
using Rempart.Node.Volumes;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Node.Agent;

/// <summary>Deletes the data of volumes that are being deleted, and then gives them up.</summary>
internal sealed class VolumeReconciler(ControllerContext context, AgentDrivers drivers, MachineNotesFolder notes, string node) : IReconciler
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private readonly ICache<Volume> _volumes = context.Cache<Volume>();

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_volumes.Get(key) is not { Metadata.DeletionTimestamp: not null } volume || volume.Status?.NodeName != node) return ReconcileResult.Done;
        // A machine that is being started has it, and counts as running when it gives it back.
        using var turn = await drivers.VolumeTurns.EnterAsync(volume.Metadata.Uid!, cancellationToken);
        // By what was given to machines here, not by what a status says of them.
        foreach (var machine in notes.Uids.Where(uid => notes.Read(uid).Volumes.Contains(volume.Metadata.Uid)).ToList())
        {
            if ((await drivers.Machines.InspectAsync(machine, cancellationToken)).IsRunning) return ReconcileResult.After(Soon);
        }
        try
        {
            // Not overlooked because its disk is not mounted now.
            await drivers.Volumes.Of(volume.Status.Pool ?? PoolFolders.HomeName).DeleteAsync(volume.Metadata.Uid!, cancellationToken);
            await drivers.Volumes.DeleteAsync(volume.Metadata.Uid!, cancellationToken);
        }
        catch (VolumeException failure)
        {
            await context.Client.ChangeStatusAsync(volume, current => current with
            {
                Status = current.Status! with { Conditions = current.Status.Conditions.With("Ready", false, failure.Fault.ToString(), failure.Message, current.Metadata.Generation, context.Time.GetUtcNow()) },
            }, cancellationToken);
            return ReconcileResult.After(Soon);
        }
        await context.Client.ChangeStatusAsync(volume, current => current with { Status = current.Status! with { NodeName = null, Pool = null } }, cancellationToken);
        return ReconcileResult.Done;
    }
}

using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;
using Rempart.Store;

namespace Rempart.ApiServer.Admission;

/// <summary>
/// Begins moves, one at a time of a machine. The machine names its newest move, and is written in the same commit: of two
/// moves that begin at once, through one server or two, one finds the machine changed, looks again and sees the other.
/// </summary>
internal sealed class MoveStart(ObjectCache cache) : IAdmissionPlugin
{
    private static readonly KindInfo Machines = KindInfo.Of<VirtualMachine>();
    private static readonly KindInfo Moves = KindInfo.Of<MachineMigration>();

    private const int MostVolumes = 9;

    public string Name => "MoveStart";

    public async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind != Moves || request.Operation != AdmissionOperation.Create || request.TryObjectAs<MachineMigration>() is not { } move) return;
        var stored = cache.Get(Machines, request.Namespace, move.Spec.Machine) ?? throw Invalid(request, errors => errors.NotFound("spec.machine", move.Spec.Machine));
        // A change that is newer than all that the cache has reached may have come without the rest of its commit: the move that it names.
        await cache.WaitForAsync(stored.Revision, cancellationToken);
        var machine = stored.As<VirtualMachine>();
        if (machine.Status?.Migration is { } newest && cache.Get(Moves, request.Namespace, newest)?.As<MachineMigration>() is { } other
            && other.Status?.MachineUid == machine.Metadata.Uid && !MigrationPhase.IsEnded(other.Status?.Phase))
        {
            throw Failures.Conflict(Moves, request.Name, $"machine `{move.Spec.Machine}` is being moved already: wait for machinemigration `{newest}` or cancel it (`rempart migrate {move.Spec.Machine} --cancel`)");
        }

        var errors = new FieldErrors();
        Check(move, machine, errors);
        errors.ThrowIfAny(Moves, request.Name);
        Take(request, stored, machine);
    }

    private void Check(MachineMigration move, VirtualMachine machine, FieldErrors errors)
    {
        var (name, here) = (move.Spec.Machine, machine.Status?.NodeName);
        var staying = MigrationMarks.IsOfDisks(move.Spec, here);
        if (machine.Metadata.DeletionTimestamp is not null) errors.Invalid("spec.machine", name, "the machine is being deleted");
        else if (here is not { Length: > 0 }) errors.Invalid("spec.machine", name, "the machine is on no host yet");
        else if (machine.Spec.PowerState == PowerState.Stopped && !staying) errors.Invalid("spec.machine", name, "the machine is stopped: only what runs is moved to another host; its disks can go to other pools (`spec.volumes` without `spec.targetNode`)");
        // More of them than a machine has are refused by the kind's own rules.
        foreach (var (i, volume) in (move.Spec.Volumes ?? []).Take(MostVolumes).Index()) Check(volume, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"spec.volumes[{i}]"), machine, staying, errors);
        if (move.Spec.TargetNode is not { } target) return;
        if (cache.Get(KindInfo.Of<Node>(), null, target) is null) errors.NotFound("spec.targetNode", target);
        else if (target == here && !staying) errors.Invalid("spec.targetNode", target, "the machine is there already");
    }

    private void Check(MigrationVolume wanted, string field, VirtualMachine machine, bool staying, FieldErrors errors)
    {
        if (cache.Get(KindInfo.Of<StoragePool>(), null, wanted.Pool) is null) errors.NotFound($"{field}.pool", wanted.Pool);
        var attached = machine.Status?.Volumes ?? [];
        if (attached.All(volume => volume.ObjectName != wanted.Name))
            errors.Invalid($"{field}.name", wanted.Name, $"no volume of machine `{machine.Metadata.Name}`{(attached.Count == 0 ? "" : $", which has `{string.Join("`, `", attached.Select(volume => volume.ObjectName))}`")}");
        else if (cache.Get(KindInfo.Of<Volume>(), machine.Metadata.Namespace, wanted.Name)?.As<Volume>() is not { Status.NodeName: not null } volume) errors.Invalid($"{field}.name", wanted.Name, "the volume has no data yet");
        else if (staying && volume.Status.Pool == wanted.Pool) errors.Invalid($"{field}.pool", wanted.Pool, $"volume `{wanted.Name}` is there already");
    }

    private void Take(AdmissionRequest request, CachedObject stored, VirtualMachine machine)
    {
        var document = request.Object!;
        document.Child("status")["machineUid"] = machine.Metadata.Uid;
        document.Metadata()["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = Machines.ApiVersion, ["kind"] = Machines.Kind, ["name"] = machine.Metadata.Name, ["uid"] = machine.Metadata.Uid, ["controller"] = true,
        });
        var registration = cache.Of(Machines).Registration;
        var claimed = stored.ToJson();
        claimed.Child("status")["migration"] = request.Name;
        request.Together.Add(new StoreWrite(registration.Prefix + stored.Key, registration.Layout.Serialize(claimed), stored.Revision));
    }

    private static ApiException Invalid(AdmissionRequest request, Action<FieldErrors> say)
    {
        var errors = new FieldErrors();
        say(errors);
        return new ApiException(errors.ToStatus(Moves, request.Name));
    }
}

using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
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
        var name = move.Spec.Machine;
        if (machine.Metadata.DeletionTimestamp is not null) errors.Invalid("spec.machine", name, "the machine is being deleted");
        else if (machine.Status?.NodeName is not { Length: > 0 }) errors.Invalid("spec.machine", name, "the machine is on no host yet");
        else if (machine.Spec.PowerState == PowerState.Stopped) errors.Invalid("spec.machine", name, "the machine is stopped: only what runs is moved");
        if (move.Spec.TargetNode is not { } target) return;
        if (cache.Get(KindInfo.Of<Node>(), null, target) is null) errors.NotFound("spec.targetNode", target);
        else if (target == machine.Status?.NodeName) errors.Invalid("spec.targetNode", target, "the machine is there already");
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

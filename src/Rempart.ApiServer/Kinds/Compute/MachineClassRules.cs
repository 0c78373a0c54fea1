using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>Rules of MachineClasses.</summary>
internal sealed class MachineClassRules : TypedKindRules<MachineClass>
{
    protected override void Validate(MachineClass document, MachineClass? old, FieldErrors errors)
    {
        errors.Between("spec.cpus", document.Spec.Cpus, 1, 64);
        errors.Bytes("spec.memory", document.Spec.Memory, Quantity.Parse("64Mi"), Quantity.Parse("512Gi"), Quantity.Parse("1Mi"));
    }
}

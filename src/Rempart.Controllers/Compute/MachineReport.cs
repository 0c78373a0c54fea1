using Rempart.Api.Compute;
using Rempart.Runtime.Conditions;

namespace Rempart.Controllers.Compute;

/// <summary>The machine controller's part of a machine's status.</summary>
internal sealed record MachineReport
{
    public required IReadOnlyList<MachineAttachment> Volumes { get; init; }

    public required IReadOnlyList<MachineAttachment> Interfaces { get; init; }

    public required IReadOnlyList<string> Addresses { get; init; }

    public required Verdict VolumesReady { get; init; }

    public required Verdict NetworkReady { get; init; }

    /// <summary>Writes this part and leaves the others' alone.</summary>
    public VirtualMachine ApplyTo(VirtualMachine machine, DateTimeOffset now)
    {
        var status = machine.Status ?? new();
        var generation = machine.Metadata.Generation;
        var conditions = status.Conditions
            .With("VolumesReady", VolumesReady.Holds, VolumesReady.Reason, VolumesReady.Message, generation, now)
            .With("NetworkReady", NetworkReady.Holds, NetworkReady.Reason, NetworkReady.Message, generation, now);
        // The node takes the phase over once the machine is bound.
        var phase = status.NodeName is not null ? status.Phase : machine.Spec.PowerState == PowerState.Stopped ? MachinePhase.Stopped : MachinePhase.Pending;
        return machine with
        {
            Status = status with { Volumes = Volumes, NetworkInterfaces = Interfaces, Addresses = Addresses, Conditions = conditions, Phase = phase },
        };
    }
}

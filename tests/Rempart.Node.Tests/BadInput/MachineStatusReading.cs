using Rempart.Api.Compute;

namespace Rempart.Node.Tests.BadInput;

internal static class MachineStatusReading
{
    public static bool Runs(this VirtualMachineStatus? status) => status is { Phase: MachinePhase.Running };
}

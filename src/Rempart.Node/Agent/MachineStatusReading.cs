using Rempart.Api.Compute;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>What a status says.</summary>
internal static class MachineStatusReading
{
    /// <summary>True when this node has said that nothing of the machine is left.</summary>
    public static bool IsRemoved(this VirtualMachineStatus? status) => status?.Conditions.Find("Running") is { Status: "False", Reason: MachineMarks.Removed };
}

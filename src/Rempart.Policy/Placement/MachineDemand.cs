using System.Runtime.InteropServices;
using Rempart.Api.Compute;

namespace Rempart.Policy.Placement;

/// <summary>What a machine takes of a host.</summary>
/// <param name="Cpu">Virtual processors, in thousandths.</param>
/// <param name="Memory">Guest memory and what its jail takes besides, in bytes.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MachineDemand(long Cpu, long Memory)
{
    /// <summary>QEMU beside guest memory, measured at 105 to 115 MiB, and room for its page tables and buffers.</summary>
    public const long OverheadBytes = 160L * 1024 * 1024;

    /// <summary>What a machine takes; one whose class is not known yet takes the overhead alone.</summary>
    public static MachineDemand Of(VirtualMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return machine.Status?.Resources is { } resources ? new(resources.Cpus * 1000L, resources.Memory.Units + OverheadBytes) : new(0, OverheadBytes);
    }
}

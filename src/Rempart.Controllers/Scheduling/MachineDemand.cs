using Rempart.Api.Compute;

namespace Rempart.Controllers.Scheduling;

/// <summary>What a machine takes of a host.</summary>
/// <param name="Cpus">Virtual processors.</param>
/// <param name="MemoryBytes">Guest memory and what its jail takes besides.</param>
internal readonly record struct MachineDemand(decimal Cpus, long MemoryBytes)
{
    /// <summary>QEMU beside guest memory, measured at 105 to 115 MiB, and room for its page tables and buffers.</summary>
    public const long OverheadBytes = 160L * 1024 * 1024;

    public static MachineDemand Of(VirtualMachine machine) => machine.Status?.Resources is { } resources
        ? new(resources.Cpus, resources.Memory.Units + OverheadBytes)
        : new(0, OverheadBytes);
}

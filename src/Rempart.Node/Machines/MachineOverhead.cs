namespace Rempart.Node.Machines;

/// <summary>
/// What a machine's jail may use beyond its guest's memory. Measured beyond the guest's memory on QEMU 7.2: 71 MiB with a
/// translation buffer of 16 MiB, 105 to 115 with the default one; the rest is room for disk requests in flight and page tables.
/// </summary>
internal static class MachineOverhead
{
    /// <summary>MiB of TCG's translation buffer (`tb-size`).</summary>
    internal const int TranslationMiB = 128;

    // QEMU's disk threads (at most 64), its main, RCU and monitor threads.
    private const int BaseTasks = 96;
    private const long MiB = 1 << 20;

    internal static long MemoryBytes(long guestBytes, int vcpus, Accelerator accelerator) =>
        guestBytes + (192 * MiB) + (guestBytes / 64) + (vcpus * 8 * MiB) + (accelerator == Accelerator.Tcg ? TranslationMiB * MiB : 0);

    internal static int Tasks(int vcpus) => BaseTasks + vcpus;

    /// <summary>Hundredths of a cpu: its vcpus, and half a cpu for devices.</summary>
    internal static int CpuHundredths(int vcpus) => (vcpus * 100) + 50;
}

using System.Runtime.InteropServices;

namespace Rempart.Policy.Placement;

/// <summary>What is free on a host.</summary>
/// <param name="FreeMemory">Bytes that are given to nobody; negative on a host that has shrunk.</param>
/// <param name="FreeCpu">Thousandths of virtual processors that are given to nobody.</param>
/// <param name="PerMemory">One part of all memory that it gives out; 0 when there is none.</param>
/// <param name="PerCpu">The same of processors.</param>
/// <param name="Tie">Hash of its name.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HostRoom(long FreeMemory, long FreeCpu, float PerMemory, float PerCpu, ulong Tie)
{
    /// <summary>Points of a whole: room that is left counts twice as much as processors and memory left in like parts.</summary>
    public const float Whole = 500f;

    public bool Takes(long memory, long cpu) => memory <= FreeMemory && cpu <= FreeCpu;

    /// <summary>Points for room that is left, 0 to 1000, and for processors and memory left in like parts, 0 to 500. <see cref="HostScan"/> reckons the same for many hosts at once.</summary>
    public (int Room, int Balance) Score(long memory, long cpu)
    {
        var (ofMemory, ofCpu) = ((FreeMemory * PerMemory) - (memory * PerMemory), (FreeCpu * PerCpu) - (cpu * PerCpu));
        return ((int)((ofMemory + ofCpu) * Whole), (int)((1f - MathF.Abs(ofMemory - ofCpu)) * Whole));
    }

    /// <summary>The same host with more or less on it.</summary>
    public HostRoom With(long memory, long cpu) => this with { FreeMemory = FreeMemory + memory, FreeCpu = FreeCpu + cpu };
}

using System.Net;

namespace Rempart.Node.Migration;

/// <summary>How a guest is sent.</summary>
/// <param name="MigrationUid">of the move.</param>
/// <param name="Own">this host's address on the migration plane.</param>
/// <param name="Target">the target's address there.</param>
/// <param name="MemoryPort">of the target.</param>
/// <param name="DiskPort">of the target; null when it takes no disks.</param>
internal sealed record SourceSettings(string MigrationUid, IPAddress Own, IPAddress Target, int MemoryPort, int? DiskPort)
{
    /// <summary>Bytes a second, for the disks together and then for memory; null for as much as goes.</summary>
    public long? Bandwidth { get; init; }

    /// <summary>What each of so many disks may take of it, which come before memory; 0 for as much as goes, as QEMU says it.</summary>
    public long DiskBandwidth(int disks) => Bandwidth is { } all ? Math.Max(1, all / Math.Max(1, disks)) : 0;

    /// <summary>Milliseconds that the guest may stand still for its memory, at the most; see <see cref="DowntimeSteps"/>.</summary>
    public int DowntimeLimit { get; init; } = 100;

    /// <summary>Slow the guest's processors down when it writes faster than can be sent.</summary>
    public bool AutoConverge { get; init; } = true;
}

using System.Text.RegularExpressions;

namespace Rempart.Node.Machines;

/// <summary>What a guest sees of its machine and what can't change while it runs: two QEMUs between which it moves must agree on all of it.</summary>
internal sealed partial record MachineShape
{
    /// <summary>Versioned board, such as `pc-q35-7.2`.</summary>
    public required string MachineType { get; init; }

    public required Accelerator Accelerator { get; init; }

    /// <summary>As QEMU was told, with what is added to the guest's own (see <see cref="QemuCommandLine.MemoryKiB"/>).</summary>
    public required long MemoryKiB { get; init; }

    public required int Vcpus { get; init; }

    /// <summary>Root ports of the board, each for one card; the first is `port0`. 24 where an earlier version did not note them.</summary>
    public int Ports { get; init; } = 24;

    /// <summary>Disks and cards in the order of their slots: `disk NAME SERIAL` or `seed …` for one that is read-only, `nic NAME MAC` and `plain` for one without offloads.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    internal static MachineShape Of(MachineLaunch launch, string machineType, long memoryKiB) => new()
    {
        MachineType = machineType,
        Accelerator = launch.Accelerator,
        MemoryKiB = memoryKiB,
        Vcpus = launch.Vcpus,
        Ports = QemuCommandLine.FirstFreePort + launch.Disks.Count + launch.Nics.Count + QemuCommandLine.SparePorts,
        Devices = [.. launch.Disks.Select(Of), .. launch.Nics.Select(nic => $"nic {nic.Name} {nic.Mac}{(nic.VnetHeader ? "" : " plain")}")],
    };

    /// <summary>Why <paramref name="launch"/> can't take over a guest of this shape; null when it can.</summary>
    internal string? Misfit(MachineLaunch launch)
    {
        if (!TypePattern().IsMatch(MachineType)) return $"its board `{MachineType}` is none that this host knows";
        if (Accelerator != launch.Accelerator) return $"it runs with {Accelerator} and this host runs machines with {launch.Accelerator}";
        var added = MemoryKiB - (launch.MemoryBytes / 1024);
        if (added is not (0 or QemuCommandLine.AddedKiB)) return $"it has {MemoryKiB} KiB of memory and its object says {launch.MemoryBytes / 1024}; restart it first";
        var mine = Of(launch, MachineType, MemoryKiB);
        if (Vcpus != mine.Vcpus) return $"it has {Vcpus} processors and its object says {mine.Vcpus}; restart it first";
        if (Ports < QemuCommandLine.FirstFreePort + Devices.Count || Ports > QemuCommandLine.MostPorts) return $"it has {Ports} slots for {Devices.Count} cards, which is no board of this host's";
        return Devices.SequenceEqual(mine.Devices, StringComparer.Ordinal) ? null
            : $"its devices are `{string.Join("`, `", Devices)}` and would be `{string.Join("`, `", mine.Devices)}` here; restart it first";
    }

    private static string Of(MachineDisk disk) => $"{(disk.Layers[0].ReadOnly ? "seed" : "disk")} {disk.Name} {disk.Serial}";

    [GeneratedRegex(@"^pc-q35-[0-9]{1,3}\.[0-9]{1,3}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypePattern();
}

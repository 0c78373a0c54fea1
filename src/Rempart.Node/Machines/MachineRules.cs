using System.Text.RegularExpressions;

namespace Rempart.Node.Machines;

/// <summary>What a launch must keep to. The API has checked more; this is the last gate before names and numbers reach QEMU.</summary>
internal static partial class MachineRules
{
    internal const int MaxDisks = 10;
    internal const int MaxNics = 8;
    private const long MiB = 1 << 20;

    /// <summary>Every error, each a sentence; empty when the launch is fine.</summary>
    internal static IReadOnlyList<string> Check(MachineLaunch launch)
    {
        List<string> errors = [];
        if (!IsUid(launch.Uid)) errors.Add($"uid `{launch.Uid}` is not a lower-case UUID");
        if (!NamePattern().IsMatch(launch.Name)) errors.Add($"name `{launch.Name}` is not `namespace/name`");
        if (launch.MemoryBytes < 64 * MiB || launch.MemoryBytes > 4096L * 1024 * MiB || launch.MemoryBytes % MiB != 0) errors.Add($"memory of {launch.MemoryBytes} bytes is not a multiple of 1 MiB from 64 MiB to 4 TiB");
        if (launch.Vcpus is < 1 or > 64) errors.Add($"{launch.Vcpus} vcpus is not 1 to 64");
        if (launch.Boot is MachineBoot.Kernel kernel && (kernel.CommandLine.Length > 2047 || kernel.CommandLine.Any(char.IsControl))) errors.Add("the kernel command line is longer than 2047 characters or holds a control character");
        if (launch.Arriving?.Misfit(launch) is { } misfit) errors.Add($"the running guest can't come to this host: {misfit}");
        if (launch.Disks.Count > MaxDisks) errors.Add($"{launch.Disks.Count} disks are more than {MaxDisks}");
        if (launch.Nics.Count > MaxNics) errors.Add($"{launch.Nics.Count} interfaces are more than {MaxNics}");
        foreach (var disk in launch.Disks)
        {
            if (!DevicePattern().IsMatch(disk.Name)) errors.Add($"disk name `{disk.Name}` is not `[a-z][a-z0-9-]{{0,19}}`");
            if (!SerialPattern().IsMatch(disk.Serial)) errors.Add($"serial `{disk.Serial}` of disk `{disk.Name}` is not 1 to 20 letters, digits, `-` or `_`");
            if (disk.Layers.Count is < 1 or > 16) errors.Add($"disk `{disk.Name}` has {disk.Layers.Count} layers, not 1 to 16");
            if (disk.Layers.Skip(1).Any(layer => !layer.ReadOnly)) errors.Add($"a backing layer of disk `{disk.Name}` is writable");
            if (disk.Layers.SkipLast(1).Any(layer => layer.Format != DiskFormat.Qcow2)) errors.Add($"a layer of disk `{disk.Name}` that has another below it is not qcow2");
        }
        foreach (var nic in launch.Nics)
        {
            if (!DevicePattern().IsMatch(nic.Name)) errors.Add($"interface name `{nic.Name}` is not `[a-z][a-z0-9-]{{0,19}}`");
            if (!MacPattern().IsMatch(nic.Mac)) errors.Add($"`{nic.Mac}` of interface `{nic.Name}` is not a unicast MAC address in lower case");
        }
        var names = launch.Disks.Select(disk => disk.Name).Concat(launch.Nics.Select(nic => nic.Name)).ToList();
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count) errors.Add("two devices have the same name");
        return errors;
    }

    /// <summary>Whether it can name a folder: a lower-case UUID.</summary>
    internal static bool IsUid(string uid) => UidPattern().IsMatch(uid);

    [GeneratedRegex(@"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UidPattern();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{0,252}/[a-z0-9][a-z0-9.-]{0,252}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,19}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DevicePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,20}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SerialPattern();

    // The second digit even: a multicast address is no card's own.
    [GeneratedRegex(@"^[0-9a-f][02468ace](:[0-9a-f]{2}){5}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MacPattern();
}

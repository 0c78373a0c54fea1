using System.Globalization;
using Rempart.Api.Infra;
using Rempart.Api.Meta;

namespace Rempart.Node.Hosts;

/// <summary>Reads what the kernel tells of the host. What it does not tell is absent; nothing here fails because of one device.</summary>
/// <param name="root">where `proc` and `sys` are; `/` but in tests.</param>
internal sealed class HostInspection(string root = "/")
{
    private const int Most = HostStatus.MostParts;
    private const long Sector = 512;

    public HostCpu Cpu() => ProcessorFacts.Parse(Text("proc/cpuinfo") ?? "");

    public Quantity? Memory() => Kilobytes(Text("proc/meminfo"), "MemTotal:") is { } bytes ? Quantity.FromBytes(bytes) : null;

    public IReadOnlyList<HostNumaNode> NumaNodes() =>
    [
        .. from folder in Folders("sys/devices/system/node", "node*")
           let number = Number(Path.GetFileName(folder)["node".Length..])
           where number is not null
           orderby number
           select new HostNumaNode
           {
               Id = (int)number,
               Cpus = Text($"{folder}/cpulist"),
               Memory = Kilobytes(Text($"{folder}/meminfo"), "MemTotal:") is { } bytes ? Quantity.FromBytes(bytes) : null,
           },
    ];

    /// <summary>Devices that are hardware: what software made (bridges, taps, tunnels) has no `device`.</summary>
    public IReadOnlyList<HostNetworkDevice> NetworkDevices() =>
    [
        .. from folder in Folders("sys/class/net", "*")
           where Directory.Exists(Path.Combine(folder, "device"))
           orderby Path.GetFileName(folder)
           select new HostNetworkDevice
           {
               Name = Path.GetFileName(folder),
               Mac = Text($"{folder}/address"),
               Driver = Link($"{folder}/device/driver"),
               SpeedMbps = Number(Text($"{folder}/speed")) is { } speed and > 0 ? (int)speed : null,
               Mtu = (int?)Number(Text($"{folder}/mtu")),
               Up = Text($"{folder}/carrier") == "1",
           },
    ];

    /// <summary>Disks that are hardware; loop devices, compressed memory and the like are not.</summary>
    public IReadOnlyList<HostDisk> Disks() =>
    [
        .. from folder in Folders("sys/block", "*")
           where Directory.Exists(Path.Combine(folder, "device"))
           orderby Path.GetFileName(folder)
           select new HostDisk
           {
               Name = Path.GetFileName(folder),
               Model = Text($"{folder}/device/model") is { Length: > 0 } model ? model : null,
               Size = Number(Text($"{folder}/size")) is { } sectors ? Quantity.FromBytes(sectors * Sector) : null,
               Rotational = Text($"{folder}/queue/rotational") switch { "1" => true, "0" => false, _ => null },
           },
    ];

    private IEnumerable<string> Folders(string path, string pattern)
    {
        var folder = Path.Combine(root, path);
        return Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal).Take(Most) : [];
    }

    // Some of sysfs fails to be read while a device is down, and any of it when the device goes meanwhile.
    private string? Text(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path)).Trim();
        }
        catch (Exception untold) when (untold is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? Link(string path)
    {
        try
        {
            return Path.GetFileName(Directory.ResolveLinkTarget(Path.Combine(root, path), returnFinalTarget: false)?.FullName);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Kilobytes(string? text, string name)
    {
        var line = text?.Split('\n').FirstOrDefault(line => line.Contains(name, StringComparison.Ordinal));
        return line?[(line.IndexOf(name, StringComparison.Ordinal) + name.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var number, ..] ? Number(number) * 1024 : null;
    }
}

using System.Globalization;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Linux;

namespace Rempart.Node.Agent;

/// <summary>What the host is and has.</summary>
/// <param name="Cpus">processors that the agent may use.</param>
/// <param name="MemoryBytes">memory of the host.</param>
/// <param name="Info">versions.</param>
internal sealed record HostFacts(int Cpus, long MemoryBytes, NodeSystemInfo Info)
{
    private const long MiB = 1 << 20;

    /// <summary>What machines may use: a quarter of the memory, 1 GiB at most, is kept for the host and the control plane.</summary>
    public long AllocatableBytes => MemoryBytes - Math.Min(MemoryBytes / 4, 1024 * MiB);

    public static HostFacts Read(string agentVersion) => new(
        Environment.ProcessorCount,
        Memory(File.ReadLines("/proc/meminfo")),
        new NodeSystemInfo
        {
            MachineID = File.Exists("/etc/machine-id") ? File.ReadAllText("/etc/machine-id").Trim() : null,
            BootID = BootId.Read(),
            KernelVersion = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            OsImage = File.Exists("/etc/os-release") ? Name(File.ReadLines("/etc/os-release")) : null,
            OperatingSystem = "linux",
            Architecture = "amd64",
            KubeletVersion = agentVersion,
            ContainerRuntimeVersion = "qemu",
        });

    /// <summary>Total bytes from the lines of /proc/meminfo.</summary>
    public static long Memory(IEnumerable<string> lines) => lines
        .Where(line => line.StartsWith("MemTotal:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .First();

    /// <summary>Name and version of the system from the lines of os-release(5).</summary>
    public static string? Name(IEnumerable<string> lines) => lines
        .Where(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
        .Select(line => line["PRETTY_NAME=".Length..].Trim('"')).FirstOrDefault();

    /// <summary>The node's resources as its status tells them.</summary>
    public (Dictionary<string, Quantity> Capacity, Dictionary<string, Quantity> Allocatable) Resources()
    {
        var cpu = Quantity.Parse(Cpus.ToString(CultureInfo.InvariantCulture));
        return (
            new(StringComparer.Ordinal) { ["cpu"] = cpu, ["memory"] = Quantity.FromBytes(MemoryBytes) },
            new(StringComparer.Ordinal) { ["cpu"] = cpu, ["memory"] = Quantity.FromBytes(AllocatableBytes) });
    }
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace Rempart.Bench.Report;

/// <summary>What a figure says nothing without.</summary>
internal sealed record HostFacts(int Cores, string Processor, long MemoryMiB, string Kernel, string System, string Runtime)
{
    internal static HostFacts Read() => new(
        Environment.ProcessorCount,
        Line("/proc/cpuinfo", "model name", ':') ?? "unknown",
        long.Parse(Line("/proc/meminfo", "MemTotal", ':')!.Split(' ')[0], CultureInfo.InvariantCulture) / 1024,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Line("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "unknown",
        RuntimeInformation.FrameworkDescription);

    public override string ToString() => $"{Cores} cores ({Processor}), {MemoryMiB} MiB, Linux {Kernel}, {System}, {Runtime}";

    private static string? Line(string file, string name, char mark) => File.ReadLines(file)
        .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(mark, 2)[1].Trim();
}

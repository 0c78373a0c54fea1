using System.Globalization;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Metrics;

/// <summary>Reads what a machine uses. Null where the kernel doesn't tell, such as for a machine that does not run.</summary>
/// <param name="cgroups">The host's layout.</param>
/// <param name="parent">Parent of the machines' cgroups.</param>
internal sealed class MachineUsage(Cgroups cgroups, string parent)
{
    public double? CpuSeconds(MachineRecord machine) => cgroups.Unified
        ? Field(Path.Combine(Folder("", machine), "cpu.stat"), "usage_usec ") / 1e6
        : Number(Path.Combine(Folder("cpuacct", machine), "cpuacct.usage")) / 1e9;

    public double? MemoryBytes(MachineRecord machine) =>
        Number(cgroups.Unified ? Path.Combine(Folder("", machine), "memory.current") : Path.Combine(Folder("memory", machine), "memory.usage_in_bytes"));

    /// <param name="machine">Which.</param>
    /// <param name="field">Name in <c>/proc/PID/io</c> with what follows it.</param>
    public static double? DiskBytes(MachineRecord machine, string field) => machine.Pid is { } pid ? Field(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/io"), field) : null;

    private string Folder(string controller, MachineRecord machine) => Path.Combine(cgroups.Root, controller, parent.TrimStart('/'), machine.Uid);

    private static double? Number(string file) => Read(file) is { } text && double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? Field(string file, string name) =>
        Read(file)?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line && double.TryParse(line.AsSpan(name.Length), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using System.Globalization;

namespace Rempart.Bench.Instance;

/// <summary>Memory and processor time of a process.</summary>
internal static class ProcessUse
{
    private const double TicksPerSecond = 100;

    /// <summary>Proportional set size in MiB: pages shared with others count by their share.</summary>
    internal static double PssMiB(int pid) => KiB($"/proc/{pid}/smaps_rollup", "Pss:") / 1024;

    internal static double RssMiB(int pid) => KiB($"/proc/{pid}/status", "VmRSS:") / 1024;

    /// <summary>Seconds of processor time since its start.</summary>
    internal static double CpuSeconds(int pid)
    {
        var text = File.ReadAllText($"/proc/{pid}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    internal static bool Lives(int pid) => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));

    /// <summary>When it was started, to 10 ms.</summary>
    internal static DateTimeOffset StartedAt(int pid, TimeProvider time)
    {
        var text = File.ReadAllText($"/proc/{pid}/stat");
        var ticks = long.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        var up = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        return time.GetUtcNow() - TimeSpan.FromSeconds(up - (ticks / TicksPerSecond));
    }

    private static double KiB(string file, string name) => double.Parse(
        File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}

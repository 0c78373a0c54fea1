using System.Globalization;

namespace Rempart.Init.Supervision;

/// <summary>
/// What a started service writes of itself before it becomes its program, so that a later supervisor knows it again:
/// a pid alone may be another process by then.
/// </summary>
/// <param name="Pid">of the process.</param>
/// <param name="StartTicks">start time since boot, field 22 of /proc/PID/stat.</param>
/// <param name="BootId">of the kernel that gave the pid.</param>
/// <param name="Digest">of the service as it was started.</param>
internal sealed record ProcessStamp(int Pid, long StartTicks, string BootId, string Digest)
{
    private const int MaxBytes = 256;

    internal static string CurrentBoot() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Null when there is none, or it is half written.</summary>
    internal static ProcessStamp? Read(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > MaxBytes) return null;
        var words = File.ReadAllText(path).Split(' ', StringSplitOptions.TrimEntries);
        return words.Length == 4
            && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessStamp(pid, ticks, words[2], words[3])
            : null;
    }

    /// <summary>True while that very process runs; a zombie does not.</summary>
    internal bool Lives() => BootId == CurrentBoot() && Ticks(Pid) == StartTicks;

    /// <summary>Start time of a process that runs, or null.</summary>
    internal static long? Ticks(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            return null;
        }
        // The name in parentheses may hold anything, parentheses too.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0] is not ("Z" or "X") ? long.Parse(fields[19], CultureInfo.InvariantCulture) : null;
    }
}

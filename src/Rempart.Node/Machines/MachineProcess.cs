using Rempart.Linux;

namespace Rempart.Node.Machines;

/// <summary>The process that a record names.</summary>
internal static class MachineProcess
{
    /// <summary>Whether it runs: the same process and not one that got its pid later, and not a zombie.</summary>
    internal static bool Lives(MachineRecord record) => record.Pid is { } pid && record.PidStart is { } start && ProcessHandle.StartTicks(pid) == start && !IsZombie(pid);

    private static bool IsZombie(int pid)
    {
        using var process = ProcessHandle.TryOpen(pid);
        return process is null || process.HasExited;
    }
}

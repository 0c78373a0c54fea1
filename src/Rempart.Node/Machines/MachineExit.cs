using System.Globalization;
using Rempart.Node.Workloads;

namespace Rempart.Node.Machines;

/// <summary>Says how a machine ended from what was recorded. Pure.</summary>
internal static class MachineExit
{
    private const int FirstSignal = 128;
    private const int KillSignal = 9;

    /// <param name="record">as it was when the process had ended.</param>
    /// <param name="code">conmon's exit file; null when there is none.</param>
    /// <param name="outOfMemory">kills for memory that the jail's cgroup counted.</param>
    /// <param name="lastWords">the end of what QEMU wrote to its standard error.</param>
    internal static WorkloadExit Decide(MachineRecord record, int? code, long outOfMemory, string lastWords)
    {
        if (string.Equals(record.GuestEnd, RunningMachine.GuestPanicked, StringComparison.Ordinal)) return new(ExitReason.GuestPanic, code, "the guest's kernel panicked; its console log says why");
        if (record.GuestEnd is not null)
        {
            return record.StopDeadline is null
                ? new(ExitReason.GuestShutdown, code, "the guest powered itself off")
                : new(ExitReason.Stopped, code, "the guest shut down as it was asked to");
        }
        if (outOfMemory > 0) return new(ExitReason.OOMKilled, code, "the kernel killed the machine's process because its jail used more memory than its limit");
        if (record.KillRequested)
        {
            return record.StopDeadline is null
                ? new(ExitReason.Killed, code, "the machine was killed as asked")
                : new(ExitReason.Killed, code, "the guest did not shut down in time and was killed");
        }
        return new(ExitReason.Error, code, Unasked(code, lastWords));
    }

    private static string Unasked(int? code, string lastWords)
    {
        var words = lastWords.Length == 0 ? "" : $": {lastWords}";
        return code switch
        {
            null => $"the machine's process ended and nothing recorded how{words}",
            FirstSignal + KillSignal => $"the machine's process was killed from outside (signal 9){words}",
            > FirstSignal => string.Create(CultureInfo.InvariantCulture, $"the machine's process was ended by signal {code - FirstSignal}{words}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"the machine's process ended by itself with code {code}{words}"),
        };
    }
}

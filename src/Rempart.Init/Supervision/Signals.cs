using System.Runtime.InteropServices;

namespace Rempart.Init.Supervision;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    internal const int Kill = 9;
    internal const int Terminate = 15;

    /// <summary>A process that is gone is no error.</summary>
    internal static void Send(int pid, int signal) => _ = KillProcess(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillProcess(int pid, int signal);
}

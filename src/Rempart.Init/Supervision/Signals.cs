using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Init.Supervision;

/// <summary>Signals to one process for sure (pidfd_open(2), pidfd_send_signal(2)): a stranger that got the same number later is never reached.</summary>
internal static partial class Signals
{
    internal const int Kill = 9;
    internal const int Terminate = 15;

    // The same numbers on all architectures of Linux.
    private const nint PidfdSendSignal = 424;
    private const nint PidfdOpen = 434;

    /// <summary>Sends a signal to the process of the stamp. One that is gone, or another one by now, gets none: false.</summary>
    internal static bool Send(ProcessStamp stamp, int signal)
    {
        using var process = new SafeFileHandle(Open(PidfdOpen, stamp.Pid, 0), ownsHandle: true);
        // First held, then looked at: from here on the number can't become another's.
        return !process.IsInvalid && stamp.Lives() && SendSignal(PidfdSendSignal, process, signal, 0, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Open(nint call, int pid, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SendSignal(nint call, SafeFileHandle process, int signal, nint information, uint flags);
}

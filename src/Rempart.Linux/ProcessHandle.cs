using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>One process for sure (pidfd_open(2)): a signal can't reach a stranger that got the same number later.</summary>
public sealed class ProcessHandle : IDisposable
{
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    private readonly SafeFileHandle handle;

    private ProcessHandle(int pid, SafeFileHandle handle)
    {
        Pid = pid;
        this.handle = handle;
    }

    public int Pid { get; }

    public bool HasExited => Wait(0);

    /// <summary>Null when there is no such process.</summary>
    public static ProcessHandle? TryOpen(int pid)
    {
        var opened = Native.PidfdOpen(pid, 0);
        if (!opened.IsInvalid) return new ProcessHandle(pid, opened);
        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? null : throw new LinuxException($"open process {pid}", errno);
    }

    /// <summary>
    /// When the process started, in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)): with the boot id and the pid it
    /// names a process for ever. Null when there is no such process.
    /// </summary>
    public static long? StartTicks(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name in parentheses may hold anything, `)` too: count from the last one.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null;
        }
    }

    /// <summary>False when the process had already ended.</summary>
    public bool Signal(int signal)
    {
        if (Native.PidfdSendSignal(handle, signal, 0, 0) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? false : throw new LinuxException($"send signal {signal} to process {Pid}", errno);
    }

    /// <summary>Completes when the process has ended.</summary>
    public async Task WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        for (var pause = 2; !Wait(0); pause = Math.Min(pause * 2, 100))
            await Task.Delay(TimeSpan.FromMilliseconds(pause), time, cancellationToken);
    }

    /// <summary>A copy of one of the process's descriptors (pidfd_getfd(2)); null when it has none of that number any more.</summary>
    public SafeFileHandle? TakeDescriptor(int descriptor)
    {
        var copy = Native.PidfdGetFd(handle, descriptor, 0);
        if (!copy.IsInvalid) return copy;
        var errno = Marshal.GetLastPInvokeError();
        return errno is Errno.EBADF or Errno.ESRCH ? null : throw new LinuxException($"copy descriptor {descriptor} of process {Pid}", errno);
    }

    public void Dispose() => handle.Dispose();

    private unsafe bool Wait(int milliseconds)
    {
        var entry = new Native.PollEntry { Descriptor = (int)handle.DangerousGetHandle(), Events = Native.POLLIN };
        return Native.Poll(&entry, 1, milliseconds) > 0;
    }
}

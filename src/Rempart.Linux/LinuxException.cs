using System.Runtime.InteropServices;

namespace Rempart.Linux;

/// <summary>A system call failed. The message reads `cannot open tap `t0`: Device or resource busy (errno 16)`.</summary>
public sealed class LinuxException : IOException
{
    /// <param name="action">what was tried, in the infinitive: "open tap `t0`".</param>
    /// <param name="errno">the call's error number.</param>
    public LinuxException(string action, int errno)
        : base($"cannot {action}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})") => Errno = errno;

    /// <summary>See errno(3); constants in <see cref="Linux.Errno"/>.</summary>
    public int Errno { get; }

    internal static LinuxException Last(string action) => new(action, Marshal.GetLastPInvokeError());
}

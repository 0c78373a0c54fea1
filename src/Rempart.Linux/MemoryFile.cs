using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>A nameless file in memory (memfd_create(2)), to hand bytes to a process that shall see no path.</summary>
public static class MemoryFile
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AllSeals = 0xF; // seal, shrink, grow, write

    /// <summary>A file with <paramref name="content"/> that nobody can change any more, its offset at 0.</summary>
    public static SafeFileHandle Sealed(string name, ReadOnlySpan<byte> content)
    {
        var handle = Native.MemfdCreate(name, CloseOnExec | AllowSealing);
        if (handle.IsInvalid) throw LinuxException.Last($"make memory file `{name}`");
        RandomAccess.Write(handle, content, 0);
        if (Native.Fcntl(handle, Native.F_ADD_SEALS, AllSeals) == 0) return handle;
        var errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new LinuxException($"seal memory file `{name}`", errno);
    }
}

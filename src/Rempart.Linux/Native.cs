using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>libc, as declared by its manual pages. Constants are those of x86_64 and arm64 Linux where both agree.</summary>
internal static partial class Native
{
    internal const int O_RDONLY = 0;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    private const string C = "libc";

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(SafeFileHandle handle, nuint request, nint argument);

    [LibraryImport(C, EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNs(SafeFileHandle handle, int kind);
}

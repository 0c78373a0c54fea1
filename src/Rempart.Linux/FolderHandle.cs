using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>
/// An open folder, to name what is in it by a short path: the address of a unix socket holds 107 bytes, and folders of data lie deeper.
/// </summary>
public sealed class FolderHandle : IDisposable
{
    private readonly SafeFileHandle handle;

    private FolderHandle(SafeFileHandle handle) => this.handle = handle;

    public static FolderHandle Open(string path)
    {
        var opened = Native.Open(path, Native.O_RDONLY | Native.O_CLOEXEC, 0);
        return opened.IsInvalid ? throw LinuxException.Last($"open folder `{path}`") : new FolderHandle(opened);
    }

    /// <summary>A path to <paramref name="name"/> that is valid in this process until disposal.</summary>
    public string PathOf(string name) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)handle.DangerousGetHandle()}/{name}");

    public void Dispose() => handle.Dispose();
}

using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>A descriptor that stands for a place and gives no access to what is there (O_PATH, open(2)). Handed to another process, `/proc/self/fd/N` is its path there.</summary>
public static class PathHandle
{
    /// <param name="path">of anything: a socket too.</param>
    /// <exception cref="LinuxException">there is nothing.</exception>
    public static SafeFileHandle Open(string path)
    {
        var handle = Native.Open(path, Native.O_PATH | Native.O_CLOEXEC, 0);
        return handle.IsInvalid ? throw LinuxException.Last($"open the place `{path}`") : handle;
    }
}

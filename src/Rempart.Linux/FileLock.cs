using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>An exclusive advisory lock on a file (flock(2)), held until disposed or until the process ends.</summary>
public sealed class FileLock : IDisposable
{
    private readonly SafeFileHandle handle;

    private FileLock(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Takes the lock, making the file (mode 0600) if there is none; null when another open file holds it.</summary>
    public static FileLock? TryAcquire(string path)
    {
        var file = Native.Open(path, Native.O_RDWR | Native.O_CREAT | Native.O_CLOEXEC, 0b110_000_000);
        if (file.IsInvalid) throw LinuxException.Last($"open lock `{path}`");
        if (Native.Flock(file, Native.LOCK_EX | Native.LOCK_NB) == 0) return new FileLock(file);
        var errno = Marshal.GetLastPInvokeError();
        file.Dispose();
        return errno == Errno.EAGAIN ? null : throw new LinuxException($"lock `{path}`", errno);
    }

    public void Dispose()
    {
        // A child that another thread has forked this moment holds the file open until its exec: closing ours alone would leave it locked.
        if (!handle.IsClosed) _ = Native.Flock(handle, Native.LOCK_UN);
        handle.Dispose();
    }
}

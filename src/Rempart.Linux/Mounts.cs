using System.Runtime.InteropServices;

namespace Rempart.Linux;

/// <summary>Mounts (mount(2)).</summary>
public static class Mounts
{
    private const int NoSuid = 0x2;
    private const int NoDev = 0x4;
    private const int NoExec = 0x8;
    private const int Detach = 2; // MNT_DETACH

    /// <summary>An empty file system in memory at <paramref name="target"/>: no set-uid, no devices, no programs.</summary>
    public static void Tmpfs(string target, long bytes)
    {
        if (Native.Mount("tmpfs", target, "tmpfs", NoSuid | NoDev | NoExec, $"size={bytes},mode=0711") < 0) throw LinuxException.Last($"mount a tmpfs at `{target}`");
    }

    /// <summary>Detaches what is mounted at <paramref name="target"/>; false when nothing is.</summary>
    public static bool Unmount(string target)
    {
        if (Native.Umount(target, Detach) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno is Errno.EINVAL or Errno.ENOENT ? false : throw new LinuxException($"unmount `{target}`", errno);
    }
}

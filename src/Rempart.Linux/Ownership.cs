using System.Runtime.InteropServices;

namespace Rempart.Linux;

/// <summary>Owners of files (chown(2)); a symbolic link is changed itself, never followed.</summary>
public static class Ownership
{
    public static void Set(string path, uint uid, uint gid)
    {
        if (Native.Lchown(path, uid, gid) < 0) throw LinuxException.Last($"give `{path}` to {uid}:{gid}");
    }

    public static void Set(SafeHandle file, uint uid, uint gid)
    {
        if (Native.Fchown(file, uid, gid) < 0) throw LinuxException.Last($"give an open file to {uid}:{gid}");
    }
}

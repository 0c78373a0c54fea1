namespace Rempart.Linux;

/// <summary>Tells a full disk, or a quota that is used up, from other failures of files: .NET has no exception of its own for it.</summary>
public static class DiskFull
{
    /// <summary>Whether it is one.</summary>
    public static bool Is(Exception failure) => failure is LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT }
        // errno(3) is the HResult of an IOException that .NET knows no better one for.
        or IOException { HResult: Errno.ENOSPC or Errno.EDQUOT };
}

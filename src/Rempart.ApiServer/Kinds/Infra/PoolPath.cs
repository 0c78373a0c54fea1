using System.Text;

namespace Rempart.ApiServer.Kinds.Infra;

/// <summary>Folders that a pool may be in, as far as the path alone tells; the host looks at what is there.</summary>
internal static class PoolPath
{
    private const int Longest = 255;

    /// <summary>What belongs to the system, whatever is mounted there.</summary>
    private static readonly string[] System = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/usr"];

    /// <summary>What is wrong with a path; null when nothing is.</summary>
    public static string? Problem(string path)
    {
        if (path.Length < 2 || path[0] != '/' || path.EndsWith('/') || path[1..].Split('/').Any(part => part is "" or "." or "..")) return "must be an absolute path without empty, `.` or `..` parts, such as `/mnt/nvme/rempart`";
        if (Encoding.UTF8.GetByteCount(path) > Longest || path.Any(char.IsControl)) return $"must have at most {Longest} bytes and no control characters";
        return Array.Find(System, folder => Within(folder, path)) is { } folder ? $"lies in `{folder}`, which is the system's own" : null;
    }

    /// <summary>Whether a path is a folder or lies in it.</summary>
    public static bool Within(string folder, string path) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}

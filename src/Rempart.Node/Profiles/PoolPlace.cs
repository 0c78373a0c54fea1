using Rempart.Linux;
using Rempart.Node.Volumes;

namespace Rempart.Node.Profiles;

/// <summary>Whether a folder of this host may hold a pool: whoever may write a profile must not be able to point root at anything that is somebody else's.</summary>
internal static class PoolPlace
{
    private const string LostAndFound = "lost+found";

    /// <summary>Numbers of linux/magic.h: what keeps its data over a reboot, and is this host's alone.</summary>
    private static readonly Dictionary<long, string> FileSystems = new()
    {
        [0xEF53] = "ext4", [0x58465342] = "xfs", [0x9123683E] = "btrfs", [0xF2F52010] = "f2fs", [0x2FC12FC1] = "zfs", [0xCA451A4E] = "bcachefs",
    };

    /// <summary>Why not; null when it may.</summary>
    /// <param name="path">absolute and clean.</param>
    /// <param name="wasUsed">whether the pool was given it before: then it must bear its mark.</param>
    /// <exception cref="LinuxException">it can't be looked at.</exception>
    internal static string? Problem(string path, bool wasUsed)
    {
        // From the root on: who may write a folder on the way may put another one in its place.
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i <= parts.Length; i++)
        {
            if (FolderProblem("/" + string.Join('/', parts.Take(i))) is { } problem) return problem;
        }

        var type = FileSystemSpace.TypeOf(path);
        if (!FileSystems.ContainsKey(type)) return $"`{path}` is on a file system (0x{type:x}) that pools are not kept on: these are {string.Join(", ", FileSystems.Values)}";
        if (FileEntry.Find(Path.Combine(path, PoolMark.FileName)) is not null) return null;
        if (wasUsed) return $"`{path}` does not bear the mark `{PoolMark.FileName}` that it had: is its disk mounted?";
        return Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).FirstOrDefault(name => name != LostAndFound) is { } other
            ? $"`{path}` is not empty (`{other}`) and bears no mark of this pool: name an empty folder" : null;
    }

    private static string? FolderProblem(string folder)
    {
        if (FileEntry.Find(folder) is not { } entry) return $"`{folder}` is not there: make or mount it";
        if (entry.Kind == FileEntryKind.Link) return $"`{folder}` is a symbolic link: name the folder itself";
        if (entry.Kind != FileEntryKind.Folder) return $"`{folder}` is no folder";
        if (entry.Owner != 0) return $"`{folder}` belongs to user {entry.Owner}: it must be root's (`chown root: {folder}`)";
        return (entry.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == UnixFileMode.None ? null : $"others than root may write `{folder}`: take that away (`chmod go-w {folder}`)";
    }
}

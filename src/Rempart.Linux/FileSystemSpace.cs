namespace Rempart.Linux;

/// <summary>Room in a file system (statfs(2)), in bytes.</summary>
/// <param name="Total">size.</param>
/// <param name="Available">free for ordinary users.</param>
public sealed record FileSystemSpace(long Total, long Available)
{
    /// <summary>Of the file system that holds <paramref name="path"/>.</summary>
    public static unsafe FileSystemSpace Of(string path)
    {
        // struct statfs on 64 bit: type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags, spare[4].
        var buffer = stackalloc long[32];
        if (Native.StatFileSystem(path, buffer) < 0) throw LinuxException.Last($"ask for the room at `{path}`");
        return new FileSystemSpace(buffer[2] * buffer[1], buffer[4] * buffer[1]);
    }

    /// <summary>What kind of file system holds <paramref name="path"/>: its number in linux/magic.h.</summary>
    public static unsafe long TypeOf(string path)
    {
        var buffer = stackalloc long[32];
        return Native.StatFileSystem(path, buffer) < 0 ? throw LinuxException.Last($"ask for the file system at `{path}`") : buffer[0];
    }
}

using System.Runtime.InteropServices;

namespace Rempart.Linux;

/// <summary>Files that are either the old or the new ones after a crash, never half written.</summary>
public static class DurableFile
{
    /// <summary>Replaces <paramref name="path"/> by <paramref name="content"/>: temporary file in the same folder, fsync, rename, fsync of the folder.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode };
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        Rename(temporary, path);
    }

    /// <summary>
    /// Replaces <paramref name="path"/> by <paramref name="content"/> without a sync of the folder: whoever reads it sees the old or the new, a program that dies
    /// takes nothing with it, and a host that dies leaves the old or the new.
    /// </summary>
    /// <param name="path">the file.</param>
    /// <param name="content">all of it.</param>
    /// <param name="mode">of a new file.</param>
    /// <param name="remade">the next boot makes it anew: then the content is not synced either, and a host that dies may leave an empty file.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool remade)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            stream.Write(content);
            if (!remade) stream.Flush(flushToDisk: true);
        }
        if (Native.Rename(temporary, path) < 0) throw LinuxException.Last($"rename `{temporary}` to `{path}`");
    }

    /// <summary>Renames over whatever is at <paramref name="to"/> (rename(2); a folder only over an empty one) and makes it durable.</summary>
    public static void Rename(string from, string to)
    {
        if (Native.Rename(from, to) < 0) throw LinuxException.Last($"rename `{from}` to `{to}`");
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void SyncFolder(string path)
    {
        using var handle = Native.Open(path, Native.O_RDONLY | Native.O_CLOEXEC, 0);
        if (handle.IsInvalid) throw LinuxException.Last($"open folder `{path}`");
        if (Native.Fsync(handle) == 0) return;
        var errno = Marshal.GetLastPInvokeError();
        // Some file systems have no sync for folders; their names are then durable by other means.
        if (errno != Errno.EINVAL) throw new LinuxException($"sync folder `{path}`", errno);
    }
}

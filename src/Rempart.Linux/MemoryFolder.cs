using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>
/// A folder in memory that is in no mount namespace (fsmount(2)): who holds its descriptor sees the files in it and nothing else, since
/// `..` of its root is itself. It is gone with its last descriptor. For secrets that a program reads by path.
/// </summary>
public sealed class MemoryFolder : IDisposable
{
    private const uint CloseOnExec = 1;
    private const uint SetString = 1;
    private const uint Create = 6;
    private const uint NoSuidNoDevicesNoExecute = 0xE;
    private const UnixFileMode ReadByOwner = UnixFileMode.UserRead;

    private MemoryFolder(SafeFileHandle handle) => Handle = handle;

    /// <summary>To be handed on.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>An empty one that anybody who has its descriptor can pass and nobody can list.</summary>
    /// <param name="maxBytes">of all that is in it.</param>
    public static MemoryFolder New(int maxBytes)
    {
        using var context = Native.FsOpen("tmpfs", CloseOnExec);
        if (context.IsInvalid) throw LinuxException.Last("open a file system in memory");
        foreach (var (key, value) in new[] { ("size", maxBytes.ToString(CultureInfo.InvariantCulture)), ("mode", "0711"), ("nr_inodes", "16") })
        {
            if (Native.FsConfig(context, SetString, key, value, 0) != 0) throw LinuxException.Last($"set `{key}` of a file system in memory");
        }
        if (Native.FsConfig(context, Create, null, null, 0) != 0) throw LinuxException.Last("make a file system in memory");
        var root = Native.FsMount(context, CloseOnExec, NoSuidNoDevicesNoExecute);
        return root.IsInvalid ? throw LinuxException.Last("mount a file system in memory") : new MemoryFolder(root);
    }

    /// <summary>Adds a file that one id can read and nobody can write.</summary>
    public void Add(string name, ReadOnlySpan<byte> content, uint owner)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)Handle.DangerousGetHandle()}/{name}");
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write)) RandomAccess.Write(file, content, 0);
        File.SetUnixFileMode(path, ReadByOwner);
        Ownership.Set(path, owner, owner);
    }

    public void Dispose() => Handle.Dispose();
}

using System.Runtime.InteropServices;

namespace Rempart.Linux;

/// <summary>What is at a path, and whose (statx(2)); a symbolic link is told itself, never followed.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Owner">User id.</param>
/// <param name="Mode">Who may do what.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileEntry(FileEntryKind Kind, uint Owner, UnixFileMode Mode)
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7ff;
    private const int StructSize = 256;
    private const int OwnerAt = 20;
    private const int ModeAt = 28;

    /// <summary>Null when there is nothing.</summary>
    /// <exception cref="LinuxException">it can't be told.</exception>
    public static unsafe FileEntry? Find(string path)
    {
        var buffer = stackalloc byte[StructSize];
        if (Native.StatX(CurrentFolder, path, NoFollow, BasicStats, buffer) < 0)
        {
            var failure = LinuxException.Last($"look at `{path}`");
            return failure.Errno is Errno.ENOENT or Errno.ENOTDIR ? null : throw failure;
        }

        var mode = *(ushort*)(buffer + ModeAt);
        var kind = (mode & 0xf000) switch { 0x4000 => FileEntryKind.Folder, 0x8000 => FileEntryKind.File, 0xa000 => FileEntryKind.Link, _ => FileEntryKind.Other };
        return new FileEntry(kind, *(uint*)(buffer + OwnerAt), (UnixFileMode)(mode & 0xfff));
    }
}

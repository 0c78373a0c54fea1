using System.Security.Cryptography;
using System.Text;
using Rempart.Linux;

namespace Rempart.Server.Bootstrap;

/// <summary>Files that their owner alone can read (0600, in folders of mode 0700), written whole or not at all.</summary>
internal static class PrivateFile
{
    private const int MaxBytes = 1024 * 1024;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode = FileMode | UnixFileMode.UserExecute;

    /// <summary>Makes a folder, or takes it away from other users.</summary>
    /// <exception cref="BootstrapException">It belongs to somebody else, or is none.</exception>
    public static void EnsureFolder(string folder)
    {
        try
        {
            if (new DirectoryInfo(folder).LinkTarget is not null) throw new BootstrapException($"`{folder}` is a link; name the folder itself");
            Directory.CreateDirectory(folder, FolderMode);
            File.SetUnixFileMode(folder, FolderMode);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new BootstrapException($"`{folder}` can't be made private: run this as the folder's owner ({e.Message})", e);
        }
    }

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="BootstrapException">Others can read it, or it is too large.</exception>
    public static string? Read(string path)
    {
        if (!File.Exists(path)) return null;
        if ((File.GetUnixFileMode(path) & ~FolderMode) != UnixFileMode.None) throw new BootstrapException($"`{path}` can be read by other users; whoever did may have its keys. Remove it and run init again, or `chmod 600` it if you are sure");
        return new FileInfo(path).Length > MaxBytes ? throw new BootstrapException($"`{path}` is too large to be what it should be") : File.ReadAllText(path);
    }

    /// <summary>Writes a file under another name, syncs it, renames it and syncs its folder: what follows may rely on it.</summary>
    public static void Write(string path, string text)
    {
        var next = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.new";
        try
        {
            using (var stream = new FileStream(next, new FileStreamOptions { Mode = System.IO.FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = FileMode }))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            DurableFile.Rename(next, path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            File.Delete(next);
            throw new BootstrapException($"`{path}` can't be written: {e.Message}", e);
        }
    }

    /// <summary>Removes what writes that were cut off have left.</summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.new")) File.Delete(file);
    }
}

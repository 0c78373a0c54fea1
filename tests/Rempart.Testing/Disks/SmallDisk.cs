using System.Diagnostics;

namespace Rempart.Testing.Disks;

/// <summary>A small file system in memory over a folder, which tests fill. Gone with disposal, and with the folder's content.</summary>
public sealed class SmallDisk : IDisposable
{
    private const int Chunk = 64 * 1024;
    private readonly string _folder;

    /// <summary>Mounts it; what was in the folder is in the new file system too.</summary>
    /// <param name="folder">Where; made when it is missing.</param>
    /// <param name="mebibytes">Its size.</param>
    public SmallDisk(string folder, int mebibytes)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var aside = folder + ".aside";
        Run("cp", "-a", folder, aside);
        Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0700", "rempart-small", folder);
        Run("cp", "-a", aside + "/.", folder);
        Directory.Delete(aside, recursive: true);
    }

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Takes all room but so many bytes, in whole pages.</summary>
    public void Fill(long butBytes = 0)
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var bytes = new byte[Chunk];
        for (var size = Chunk; size >= 512; size /= 2)
        {
            while (new DriveInfo(_folder).AvailableFreeSpace - butBytes >= size)
            {
                file.Write(bytes, 0, size);
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void MakeRoom() => File.Delete(Filler);

    public void Dispose()
    {
        // Lazily: an unfinished test may still hold files, and nothing of it must stay mounted.
        Run("umount", "--lazy", _folder);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"`{program} {string.Join(' ', arguments)}` ended with {process.ExitCode}");
    }
}

using System.Globalization;

namespace Rempart.Lab.Layout;

/// <summary>
/// The process that a lab is for: it holds a lock on a file in the lab's folder, which the kernel drops when the process ends, however it ends. A lab without such a file,
/// as `./dev lab` makes it, outlives who made it and is nobody's to end but people's.
/// </summary>
internal sealed class LabOwner : IDisposable
{
    private const string Name = "owner";
    private readonly FileStream _lock;

    private LabOwner(FileStream file) => _lock = file;

    /// <summary>Makes this process the owner of a lab that nobody sees yet.</summary>
    internal static LabOwner Write(string folder)
    {
        // FileShare.None is flock(LOCK_EX | LOCK_NB).
        return new LabOwner(new FileStream(Path.Combine(folder, Name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
    }

    /// <summary>Becomes the owner in the place of one that has ended.</summary>
    /// <returns>null when the lab has none, or one that lives.</returns>
    internal static LabOwner? TryTake(string folder)
    {
        var path = Path.Combine(folder, Name);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
        // Somebody else may have ended the lab, and a third one claimed the slot, between the opening and the lock.
        if (PathOf(file) == path) return new LabOwner(file);
        file.Dispose();
        return null;
    }

    /// <summary>From here on the lab is nobody's: it stays until somebody ends it by hand.</summary>
    internal void Abandon()
    {
        File.Delete(PathOf(_lock));
        Dispose();
    }

    public void Dispose() => _lock.Dispose();

    // Where the open file is now: its folder was renamed when the slot was claimed; one that was deleted has no path that leads to it.
    private static string PathOf(FileStream file) =>
        new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}")).LinkTarget!;
}

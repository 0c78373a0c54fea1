using Rempart.Linux;

namespace Rempart.Node.Volumes;

/// <summary>
/// The folders of a pool of type `Directory`. Everything is made in `staging/` and renamed into its place, and renamed
/// back there to be deleted: what a crash leaves is in `staging/`, which <see cref="Prepare"/> empties.
/// </summary>
/// <param name="root">the folder.</param>
/// <param name="shared">the gate of the pool with the images, for one that has volumes alone.</param>
internal sealed class PoolFolder(string root, SemaphoreSlim? shared = null) : IDisposable
{
    internal const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const long LargestReserve = 1L << 30;

    /// <summary>Held while deciding what exists: a clone and the deletion of its image exclude each other.</summary>
    internal SemaphoreSlim Gate { get; } = shared ?? new(1, 1);

    internal string Images => Path.Combine(root, "images");

    internal string Volumes => Path.Combine(root, "volumes");

    internal string Seeds => Path.Combine(root, "seeds");

    /// <summary>What has come of images so far; unlike staging it outlives the agent.</summary>
    internal string Partials => Path.Combine(root, "partials");

    private string Staging => Path.Combine(root, "staging");

    internal string Image(string digest) => Path.Combine(Images, digest);

    internal string Volume(string uid) => Path.Combine(Volumes, uid);

    /// <summary>Makes the folders and removes what a crash left. Call it once, before anything else, from the one process that owns the pool.</summary>
    internal void Prepare()
    {
        foreach (var folder in shared is null ? new[] { root, Images, Volumes, Seeds, Partials, Staging } : [root, Volumes, Staging]) Directory.CreateDirectory(folder, Private);
        foreach (var left in Directory.EnumerateFileSystemEntries(Staging)) Remove(left);
    }

    /// <summary>A new empty folder on the pool's file system; gone with disposal unless it was published.</summary>
    internal StagedFolder Stage()
    {
        var path = Path.Combine(Staging, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(path, Private);
        return new StagedFolder(path);
    }

    /// <summary>Takes a folder or file out of the pool at once, and deletes it after.</summary>
    internal void Discard(string path)
    {
        var aside = Path.Combine(Staging, Guid.NewGuid().ToString("N"));
        try
        {
            DurableFile.Rename(path, aside);
        }
        catch (LinuxException exception) when (exception.Errno == Errno.ENOENT)
        {
            return;
        }
        DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
        Remove(aside);
    }

    internal FileSystemSpace Space() => FileSystemSpace.Of(root);

    /// <summary>Bytes that may still be written: a pool is never filled to the brim, running guests need room too.</summary>
    internal long Room() => RoomOf(Space());

    /// <summary>The same of a pool's file system; below zero when guests have begun with what is kept for them.</summary>
    internal static long RoomOf(FileSystemSpace space) => space.Available - Math.Min(LargestReserve, space.Total / 20);

    /// <summary>What is told when the file system has no room after all: others write there too, and bytes are not all that can be used up.</summary>
    internal static VolumeException Full(IOException failure) =>
        new(VolumeFault.NoSpace, "the pool's disk is full; delete volumes or images, or make the file system larger", failure);

    internal void RequireRoom(long bytes)
    {
        var room = Room();
        if (room < bytes) throw new VolumeException(VolumeFault.NoSpace, $"the pool has room for {Math.Max(0, room)} bytes and {bytes} are needed; delete volumes or images, or make the file system larger");
    }

    public void Dispose()
    {
        if (shared is null) Gate.Dispose();
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }
}

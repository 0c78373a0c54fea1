namespace Rempart.Store.Sqlite;

/// <summary>The file and its folder: made private, refused when they are not, and held by one process at a time.</summary>
internal sealed class DatabaseFile : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly FileStream _lock;

    private DatabaseFile(FileStream held) => _lock = held;

    public static DatabaseFile Claim(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Require(folder, "700");
            var held = Lock(path + ".lock", path);
            try
            {
                using (OpenPrivate(path, FileShare.ReadWrite))
                {
                    Require(path, "600");
                }

                return new DatabaseFile(held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new StoreUnavailableException($"the database `{path}` can't be opened: {refused.Message}", refused);
        }
        catch (IOException failed)
        {
            throw new StoreUnavailableException($"the database `{path}` can't be opened: {failed.Message}", failed);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path, string database)
    {
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB): the kernel drops it when the process ends, however it ends.
            return OpenPrivate(path, FileShare.None);
        }
        catch (IOException busy)
        {
            throw new StoreUnavailableException($"the database `{database}` is in use by another process: stop it first", busy);
        }
    }

    private static FileStream OpenPrivate(string path, FileShare share) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = share,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private static void Require(string path, string mode)
    {
        if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            throw new StoreUnavailableException($"`{path}` is open to other users: run `chmod {mode} {path}`", inner: null);
        }
    }
}

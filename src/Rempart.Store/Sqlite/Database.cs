using System.Runtime.InteropServices;
using SQLitePCL;

namespace Rempart.Store.Sqlite;

/// <summary>One connection, used by one thread at a time, and its prepared statements.</summary>
internal sealed partial class Database : IDisposable
{
    // errno(3)
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    private readonly List<Statement> _statements = [];
    private readonly sqlite3 _handle;
    private readonly string _path;

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Opens an existing file, which may be empty.</summary>
    public static Database Open(string path)
    {
        // NOMUTEX: a connection never serves two threads at once here, so its own lock would only cost.
        var code = raw.sqlite3_open_v2(path, out var handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_PRIVATECACHE, null);
        var database = new Database(handle, path);
        try
        {
            database.Check(code);
            database.Check(raw.sqlite3_extended_result_codes(handle, 1));
            // A defensive connection refuses the statements that could corrupt the file on purpose.
            database.Check(raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_DEFENSIVE, 1, out _));
            database.Execute("PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs statements that return nothing of interest.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>The first column of the first row as a number; 0 if there is no row.</summary>
    public long Number(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var statement = new Statement(this, handle);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>The first column of the first row as text; empty if there is no row.</summary>
    public string Text(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var statement = new Statement(this, handle);
        return statement.Step() ? statement.Text(0) : "";
    }

    /// <summary>Copies what it can of the write-ahead log into the database without disturbing readers or the writer.</summary>
    public void CheckpointPassively() =>
        Check(raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _));

    /// <summary>Turns a result code that is no success into the exception that says what happened.</summary>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return;
        }

        var engine = raw.sqlite3_errmsg(_handle).utf8_to_string();
        if (IsForWantOfRoom(code, SystemErrno(_handle.DangerousGetHandle())))
        {
            throw new StoreUnavailableException($"the disk of the store is full ({engine}, code {code}): nothing was changed; make room there", inner: null)
            {
                IsDiskFull = true, IsUnsettled = code != raw.SQLITE_IOERR_WRITE,
            };
        }

        throw (code & 0xFF) switch
        {
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new StoreCorruptException(
                $"the database `{_path}` is damaged or not a database ({engine}): restore it from a backup", inner: null),
            raw.SQLITE_FULL => new StoreUnavailableException(
                $"the disk of the store is full, or `{_path}` has its largest allowed size: nothing was changed; make room there", inner: null) { IsDiskFull = true },
            _ => new StoreUnavailableException(
                $"the database `{_path}` can't be used ({engine}, code {code})", inner: null),
        };
    }

    /// <summary>
    /// What the engine calls an I/O error though only room is missing: it knows ENOSPC of a write alone. The index of the write-ahead
    /// log fails to grow for nothing else.
    /// </summary>
    /// <param name="code">The engine's extended code.</param>
    /// <param name="errno">The system's, of the last call that failed.</param>
    internal static bool IsForWantOfRoom(int code, int errno) => code == raw.SQLITE_IOERR_SHMSIZE
        || (code is raw.SQLITE_IOERR_WRITE or raw.SQLITE_IOERR_FSYNC && errno is NoSpaceLeft or QuotaExceeded);

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _handle.Dispose();
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_system_errno")]
    private static partial int SystemErrno(nint handle);
}

using System.Globalization;
using System.Security.Cryptography;

namespace Rempart.Store.Sqlite;

/// <summary>
/// The tables, and their upgrade. <c>history</c> holds every version of every key; its id is <c>revision * 8 + place in the
/// commit</c>, so that revisions are ranges of ids and need no index. <c>live</c> names the newest version of each key that exists.
/// </summary>
internal static class Schema
{
    /// <summary>"RMPT" in the file's header.</summary>
    private const long ApplicationId = 0x524D5054;

    /// <summary>Writes what the header of each database has already; the engine takes it for a change all the same.</summary>
    public static readonly string Mark = string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id={ApplicationId}");

    /// <summary>
    /// Bytes up to which a file is checked whole when it is opened, about 2 s a GiB. In a larger one damage is found when its page is read.
    /// </summary>
    private const long LargestVerified = 1024L * 1024 * 1024;

    /// <summary>A step for each version of the schema, never changed after a release: step 0 makes version 1 out of an empty file.</summary>
    private static readonly string[] _steps =
    [
        """
        CREATE TABLE meta(
          one INTEGER PRIMARY KEY CHECK(one = 1), incarnation TEXT NOT NULL,
          revision INTEGER NOT NULL, compacted INTEGER NOT NULL, swept INTEGER NOT NULL) STRICT;
        CREATE TABLE history(
          id INTEGER PRIMARY KEY, key TEXT NOT NULL, created INTEGER NOT NULL, deleted INTEGER NOT NULL, value BLOB) STRICT;
        CREATE INDEX history_by_key ON history(key, id, deleted);
        CREATE TABLE live(key TEXT PRIMARY KEY, id INTEGER NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES(1, '', 1, 1, 15);
        """,
    ];

    /// <summary>The first id of a revision.</summary>
    public static long FirstId(long revision) => revision << 3;

    /// <summary>The last id that a revision can have.</summary>
    public static long LastId(long revision) => (revision << 3) | (StoreLimits.CommitWrites - 1);

    public static long RevisionOf(long id) => id >> 3;

    /// <summary>Checks the file, makes or upgrades its tables and sets what the connection that writes needs.</summary>
    public static void Prepare(Database database, string path, long maxBytes, bool newIncarnation, long firstRevision = 1)
    {
        var isNew = database.Number("SELECT count(*) FROM sqlite_schema") == 0;
        var version = isNew ? 0 : Recognize(database, path);

        if (new FileInfo(path).Length <= LargestVerified)
        {
            Verify(database, path);
        }

        database.Execute("PRAGMA journal_mode=WAL");
        // FULL: the log is synced at every commit, before readers can see it.
        database.Execute("PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=8192");
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count={maxBytes / database.Number("PRAGMA page_size")}"));
        database.Execute("BEGIN IMMEDIATE");
        for (var step = version; step < _steps.Length; step++)
        {
            database.Execute(_steps[step]);
        }

        if (newIncarnation || isNew)
        {
            database.Execute($"UPDATE meta SET incarnation='{RandomNumberGenerator.GetHexString(32, lowercase: true)}'");
        }

        if (isNew && firstRevision != 1)
        {
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE meta SET revision={firstRevision}, compacted={firstRevision}, swept={LastId(firstRevision)}"));
        }

        database.Execute(string.Create(CultureInfo.InvariantCulture, $"{Mark}; PRAGMA user_version={_steps.Length}"));
        database.Execute("COMMIT");
    }

    /// <summary>Refuses what is no store, or one of a newer version; returns the version of its tables.</summary>
    public static long Recognize(Database database, string path)
    {
        if (database.Number("PRAGMA application_id") != ApplicationId)
        {
            throw new StoreCorruptException($"the file `{path}` is a database of another program: name another file", inner: null);
        }

        var version = database.Number("PRAGMA user_version");
        return version <= _steps.Length
            ? version
            : throw new StoreCorruptException(
                $"the database `{path}` has schema `{version}` and this version knows up to `{_steps.Length}`: run the newer version that wrote it", inner: null);
    }

    private static void Verify(Database database, string path)
    {
        var verdict = database.Text("PRAGMA quick_check(1)");
        if (!string.Equals(verdict, "ok", StringComparison.Ordinal))
        {
            throw new StoreCorruptException($"the database `{path}` is damaged ({verdict}): restore it from a backup", inner: null);
        }
    }
}

namespace Rempart.Store.Sqlite;

/// <summary>A connection that reads: each call sees one snapshot, whatever the writer does meanwhile.</summary>
internal sealed class Reader : IDisposable
{
    /// <summary>A text above every key: the end of a range without end.</summary>
    private const string AboveAll = "\x7f";

    /// <summary>Sizes of a step of a replay.</summary>
    private const int ReplayEvents = 1024;
    private const int ReplayBytes = 16 * 1024 * 1024;

    private readonly Database _database;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _meta;
    private readonly Statement _get;
    private readonly Statement _list;
    private readonly Statement _count;
    private readonly Statement _listAt;
    private readonly Statement _countAt;
    private readonly Statement _replay;

    public Reader(string path)
    {
        _database = Database.Open(path);
        _database.Execute("PRAGMA query_only=ON");
        _begin = _database.Prepare("BEGIN");
        _end = _database.Prepare("COMMIT");
        _meta = _database.Prepare(Meta.Query);
        _get = _database.Prepare("SELECT h.id, h.key, h.created, h.value FROM live l JOIN history h ON h.id = l.id WHERE l.key = ?1");
        _list = _database.Prepare(
            "SELECT h.id, h.key, h.created, h.value FROM live l CROSS JOIN history h ON h.id = l.id WHERE l.key >= ?1 AND l.key < ?2 ORDER BY l.key");
        _count = _database.Prepare("SELECT count(*) FROM live WHERE key >= ?1 AND key < ?2");
        // The newest version of each key at that revision, unless it is a delete; all but the values comes from the index.
        _listAt = _database.Prepare(
            """
            SELECT h.id, h.key, h.created, h.value FROM history h INDEXED BY history_by_key
            WHERE h.key >= ?1 AND h.key < ?2 AND h.id <= ?3 AND h.deleted = 0
            AND NOT EXISTS (SELECT 1 FROM history n INDEXED BY history_by_key WHERE n.key = h.key AND n.id > h.id AND n.id <= ?3)
            ORDER BY h.key
            """);
        // What is there now, corrected for the few keys that changed since: ten times faster than counting every key's past.
        _countAt = _database.Prepare(
            """
            SELECT (SELECT count(*) FROM live WHERE key >= ?1 AND key < ?2) + (
              SELECT coalesce(sum(
                coalesce((SELECT 1 - h.deleted FROM history h INDEXED BY history_by_key WHERE h.key = c.key AND h.id <= ?3 ORDER BY h.id DESC LIMIT 1), 0)
                - EXISTS (SELECT 1 FROM live l WHERE l.key = c.key)), 0)
              FROM (SELECT DISTINCT key FROM history NOT INDEXED WHERE id > ?3 AND key >= ?1 AND key < ?2) c)
            """);
        _replay = _database.Prepare(
            """
            SELECT id, key, created, value FROM history NOT INDEXED
            WHERE id > ?1 AND id <= ?2 AND key >= ?3 AND key < ?4 ORDER BY id
            """);
    }

    public Meta ReadMeta() => Meta.Read(_meta);

    public StoreEntry? Get(string key)
    {
        _get.Bind(1, key);
        try
        {
            return _get.Step() ? Entry(_get) : null;
        }
        finally
        {
            _get.Reset();
        }
    }

    public StorePage List(StoreRange range, int limit, long revision)
    {
        _begin.Run();
        try
        {
            var meta = ReadMeta();
            var snapshot = revision == 0 ? meta.Revision : revision;
            meta.CheckReadable(snapshot);
            return snapshot == meta.Revision
                ? Page(_list, _count, range, limit, snapshot)
                : Page(_listAt.Bind(3, Schema.LastId(snapshot)), _countAt.Bind(3, Schema.LastId(snapshot)), range, limit, snapshot);
        }
        finally
        {
            _end.Run();
        }
    }

    /// <summary>
    /// Changes of a prefix above one revision and up to another, whole revisions, at most a step's worth; the batch's revision says how
    /// far it came.
    /// </summary>
    public StoreBatch Replay(string prefix, long afterRevision, long untilRevision)
    {
        _begin.Run();
        try
        {
            ReadMeta().CheckReadable(afterRevision);
            var range = StoreRange.Prefix(prefix);
            _replay.Bind(1, Schema.LastId(afterRevision)).Bind(2, Schema.LastId(untilRevision)).Bind(3, range.From).Bind(4, range.To ?? AboveAll);
            var events = new List<StoreEvent>();
            var bytes = 0;
            while (_replay.Step())
            {
                var revision = Schema.RevisionOf(_replay.Number(0));
                if ((events.Count >= ReplayEvents || bytes >= ReplayBytes) && revision > events[^1].Revision)
                {
                    return new StoreBatch(events, events[^1].Revision);
                }

                // Typed, because a bare null would become an array, and that an empty value.
                var value = _replay.IsNull(3) ? default(ReadOnlyMemory<byte>?) : _replay.Bytes(3);
                events.Add(new StoreEvent(_replay.Text(1), value, revision, _replay.Number(2)));
                bytes += value?.Length ?? 0;
            }

            return new StoreBatch(events, untilRevision);
        }
        finally
        {
            _replay.Reset();
            _end.Run();
        }
    }

    public void Dispose() => _database.Dispose();

    private static StorePage Page(Statement list, Statement count, StoreRange range, int limit, long snapshot)
    {
        var to = range.To ?? AboveAll;
        list.Bind(1, range.From).Bind(2, to);
        var entries = new List<StoreEntry>(Math.Min(limit, 64));
        var bytes = 0;
        try
        {
            while (list.Step())
            {
                var entry = Entry(list);
                entries.Add(entry);
                bytes += entry.Value.Length;
                if (entries.Count == limit || bytes >= StoreLimits.PageBytes)
                {
                    return new StorePage(entries, snapshot, Count(count, range.After(entry.Key).From, to));
                }
            }
        }
        finally
        {
            list.Reset();
        }

        return new StorePage(entries, snapshot, RemainingCount: 0);
    }

    private static long Count(Statement count, string from, string to)
    {
        count.Bind(1, from).Bind(2, to);
        try
        {
            count.Step();
            return count.Number(0);
        }
        finally
        {
            count.Reset();
        }
    }

    private static StoreEntry Entry(Statement row) =>
        new(row.Text(1), row.Bytes(3), Schema.RevisionOf(row.Number(0)), row.Number(2));
}

namespace Rempart.Store.Sqlite;

/// <summary>The statements of the one connection that writes. Transactions are the caller's.</summary>
internal sealed class WriteConnection : IDisposable
{
    private readonly Database _database;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _meta;
    private readonly Statement _live;
    private readonly Statement _version;
    private readonly Statement _append;
    private readonly Statement _create;
    private readonly Statement _update;
    private readonly Statement _delete;
    private readonly Statement _setRevision;
    private readonly Statement _setCompacted;
    private readonly Statement _setSwept;
    private readonly Statement _scan;
    private readonly Statement _forgetOlder;
    private readonly Statement _forget;

    public WriteConnection(Database database)
    {
        _database = database;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _meta = database.Prepare(Sqlite.Meta.Query);
        _live = database.Prepare("SELECT id, created FROM live WHERE key = ?1");
        _version = database.Prepare("SELECT value FROM history WHERE id = ?1");
        _append = database.Prepare("INSERT INTO history(id, key, created, deleted, value) VALUES(?1, ?2, ?3, ?4, ?5)");
        _create = database.Prepare("INSERT INTO live(key, id, created) VALUES(?1, ?2, ?3)");
        _update = database.Prepare("UPDATE live SET id = ?2 WHERE key = ?1");
        _delete = database.Prepare("DELETE FROM live WHERE key = ?1");
        _setRevision = database.Prepare("UPDATE meta SET revision = ?1");
        _setCompacted = database.Prepare("UPDATE meta SET compacted = ?1");
        _setSwept = database.Prepare("UPDATE meta SET swept = ?1");
        _scan = database.Prepare("SELECT id, key, deleted FROM history WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3");
        _forgetOlder = database.Prepare("DELETE FROM history WHERE key = ?1 AND id < ?2");
        _forget = database.Prepare("DELETE FROM history WHERE id = ?1");
    }

    public Meta Meta() => Sqlite.Meta.Read(_meta);

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    /// <summary>Undoes an open transaction after a failure; the engine may have done so by itself.</summary>
    public void Rollback()
    {
        try
        {
            _database.Execute("ROLLBACK");
        }
        catch (StoreException)
        {
            // The failure that led here is the one to report.
        }
    }

    /// <summary>
    /// After a commit that failed for want of room: it may be whole in the write-ahead log though nobody sees it (its sync failed, or
    /// the log's index could not grow), and whoever opens the file after a crash would find it made. A commit that changes nothing is
    /// written over its beginning, which takes no room.
    /// </summary>
    public void OverwriteFailed()
    {
        Begin();
        _database.Execute(Schema.Mark);
        Commit();
    }

    public void SetRevision(long revision) => _setRevision.Bind(1, revision).Run();

    public void SetCompacted(long revision) => _setCompacted.Bind(1, revision).Run();

    /// <summary>Where a key is and which revision created it; zeros if it does not exist.</summary>
    public (long Id, long Created) Find(string key)
    {
        var found = _live.Bind(1, key).Step() ? (_live.Number(0), _live.Number(1)) : (0, 0);
        _live.Reset();
        return found;
    }

    public StoreEntry Entry(string key, long id, long created)
    {
        _version.Bind(1, id).Step();
        var entry = new StoreEntry(key, _version.Bytes(0), Schema.RevisionOf(id), created);
        _version.Reset();
        return entry;
    }

    /// <summary>Writes one version and points the key to it. <paramref name="created"/> is 0 for a key that does not exist yet.</summary>
    public StoreEvent Write(in StoreWrite write, long id, long created)
    {
        var revision = Schema.RevisionOf(id);
        var change = new StoreEvent(write.Key, write.Value, revision, created == 0 ? revision : created);
        _append.Bind(1, id).Bind(2, write.Key).Bind(3, change.CreateRevision).Bind(4, write.Value is null ? 1 : 0).Bind(5, write.Value).Run();
        if (write.Value is null)
        {
            _delete.Bind(1, write.Key).Run();
        }
        else if (created == 0)
        {
            _create.Bind(1, write.Key).Bind(2, id).Bind(3, revision).Run();
        }
        else
        {
            _update.Bind(1, write.Key).Bind(2, id).Run();
        }

        return change;
    }

    /// <summary>
    /// Sweeps a batch of ids up to the compacted revision: each version there makes the older one of its key needless, and a delete
    /// is needless itself. In order of ids, so there is one older version at most. False when nothing is left.
    /// </summary>
    public bool Sweep(int batch)
    {
        var meta = Meta();
        var until = Schema.LastId(meta.Compacted);
        var found = new List<(long Id, string Key, bool Deleted)>(batch);
        _scan.Bind(1, meta.Swept).Bind(2, until).Bind(3, batch);
        while (_scan.Step())
        {
            found.Add((_scan.Number(0), _scan.Text(1), _scan.Number(2) != 0));
        }

        _scan.Reset();
        foreach (var (id, key, deleted) in found)
        {
            _forgetOlder.Bind(1, key).Bind(2, id).Run();
            if (deleted)
            {
                _forget.Bind(1, id).Run();
            }
        }

        _setSwept.Bind(1, found.Count < batch ? until : found[^1].Id).Run();
        return found.Count == batch;
    }

    public void Dispose() => _database.Dispose();
}

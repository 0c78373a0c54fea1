using System.Runtime.CompilerServices;
using Rempart.Store.Transfer;

namespace Rempart.Store.Sqlite;

/// <summary>A database file as of now, read in one transaction: a server may go on writing meanwhile.</summary>
public sealed class SqliteSource : IStoreSource
{
    private readonly DatabaseFile? _held;
    private readonly Database _database;
    private readonly Statement _read;
    private readonly Meta _meta;

    private SqliteSource(DatabaseFile? held, Database database)
    {
        (_held, _database) = (held, database);
        _database.Execute("PRAGMA query_only=ON");
        _database.Execute("BEGIN");
        _meta = Meta.Read(_database.Prepare(Meta.Query));
        Count = _database.Number("SELECT count(*) FROM live");
        _read = _database.Prepare("SELECT h.id, h.key, h.created, h.value FROM live l CROSS JOIN history h ON h.id = l.id WHERE l.key > ?1 ORDER BY l.key LIMIT 256");
    }

    public string Identity => $"sqlite {Stamp.Incarnation}@{Stamp.Revision}";

    public StoreStamp Stamp => _meta.Stamp;

    public long Revision => _meta.Revision;

    public long Count { get; }

    /// <summary>Opens a file that must be there. Blocks; meant for a process of its own.</summary>
    /// <param name="path">The database.</param>
    /// <param name="exclusive">Refuses while a server has it open, and keeps servers from opening it.</param>
    /// <exception cref="StoreException">It can't be opened.</exception>
    public static SqliteSource Open(string path, bool exclusive)
    {
        if (!File.Exists(path)) throw new StoreUnavailableException($"there is no store at `{path}`", inner: null);
        var held = exclusive ? DatabaseFile.Claim(path) : null;
        Database? database = null;
        try
        {
            database = Database.Open(path);
            Schema.Recognize(database, path);
            return new SqliteSource(held, database);
        }
        catch
        {
            database?.Dispose();
            held?.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<StoreEntry> ReadAsync(string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = Page(after);
            foreach (var entry in page) yield return entry;
            if (page.Count == 0) yield break;
            after = page[^1].Key;
            await Task.Yield();
        }
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        _held?.Dispose();
        return ValueTask.CompletedTask;
    }

    private List<StoreEntry> Page(string after)
    {
        var page = new List<StoreEntry>();
        _read.Bind(1, after);
        try
        {
            while (_read.Step()) page.Add(new StoreEntry(_read.Text(1), _read.Bytes(3), Schema.RevisionOf(_read.Number(0)), _read.Number(2)));
            return page;
        }
        finally
        {
            _read.Reset();
        }
    }
}

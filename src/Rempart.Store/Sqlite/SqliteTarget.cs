using System.Runtime.CompilerServices;
using System.Text;
using Rempart.Linux;
using Rempart.Store.Transfer;

namespace Rempart.Store.Sqlite;

/// <summary>A database file that is being filled under another name; finished, it gets its own.</summary>
public sealed class SqliteTarget : IStoreTarget
{
    /// <summary>Names the source. Sorts before every key that the API server writes.</summary>
    private const string MarkKey = "!transfer";

    private readonly string _path;
    private readonly SqliteStore _store;

    private SqliteTarget(string path, SqliteStore store) => (_path, _store) = (path, store);

    /// <summary>Begins, or goes on where the same transfer was cut off.</summary>
    /// <param name="path">The database; it must not exist.</param>
    /// <param name="identity">Of the source.</param>
    /// <param name="firstRevision">The revision at which it begins.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransferException">There is a store, or a transfer of something else.</exception>
    public static async Task<SqliteTarget> OpenAsync(string path, string identity, long firstRevision, CancellationToken cancellationToken)
    {
        CheckEmpty(path);
        var store = SqliteStore.Open(new SqliteStoreOptions { Path = Unfinished(path), FirstRevision = firstRevision });
        try
        {
            var mark = await store.GetAsync(MarkKey, cancellationToken);
            if (mark is null && (await store.CurrentAsync(cancellationToken)).Revision != firstRevision) throw new TransferException($"`{Unfinished(path)}` is not what a transfer of this began: remove it");
            if (mark is null) await store.CommitAsync([new StoreWrite(MarkKey, Encoding.UTF8.GetBytes(identity), 0)], cancellationToken);
            else if (Encoding.UTF8.GetString(mark.Value.Span) != identity) throw new TransferException($"`{Unfinished(path)}` is what another transfer began: go on with that, or remove the file");
            return new SqliteTarget(path, store);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public async ValueTask<string> LastKeyAsync(CancellationToken cancellationToken)
    {
        var last = "";
        await foreach (var entry in ReadAsync(cancellationToken)) last = entry.Key;
        return last;
    }

    public async ValueTask WriteAsync(IReadOnlyList<StoreEntry> entries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        // Queued in order and committed in order, so that a crash leaves a beginning.
        var commits = entries.Chunk(StoreLimits.CommitWrites)
            .Select(part => _store.CommitAsync([.. part.Select(entry => new StoreWrite(entry.Key, entry.Value, 0))], cancellationToken).AsTask())
            .ToList();
        foreach (var result in await Task.WhenAll(commits))
        {
            if (!result.IsCommitted) throw new TransferException($"`{result.Conflicts[0].Key}` is there already: remove `{Unfinished(_path)}` and begin again");
        }
    }

    public async IAsyncEnumerable<StoreEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = StoreRange.All;
        for (var revision = 0L; ;)
        {
            var page = await _store.ListAsync(range, 256, revision, cancellationToken);
            foreach (var entry in page.Entries.Where(entry => entry.Key != MarkKey)) yield return entry;
            if (!page.More) yield break;
            (range, revision) = (range.After(page.Entries[^1].Key), page.Revision);
        }
    }

    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        var mark = await _store.GetAsync(MarkKey, cancellationToken);
        await _store.CommitAsync([new StoreWrite(MarkKey, Value: null, mark!.ModRevision)], cancellationToken);
        // Closed, the log is part of the file.
        await _store.DisposeAsync();
        if (File.Exists(Unfinished(_path) + "-wal")) throw new TransferException($"`{Unfinished(_path)}` is open elsewhere: end what uses it and begin again");
        CheckEmpty(_path);
        File.Move(Unfinished(_path), _path, overwrite: false);
        // Before the source is told that it is over.
        DurableFile.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        File.Delete(Unfinished(_path) + ".lock");
    }

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    // SQLite would take the log of a file that was removed for the new one's, and play it back over what was compared.
    private static void CheckEmpty(string path)
    {
        if (File.Exists(path)) throw new TransferException($"there is a store at `{path}`: a transfer needs an empty place");
        foreach (var left in new[] { path + "-wal", path + "-shm", path + "-journal" })
        {
            if (File.Exists(left)) throw new TransferException($"`{left}` belongs to a store that was at `{path}`: move it to where that is now, or remove it with that");
        }
    }

    private static string Unfinished(string path) => path + ".unfinished";
}

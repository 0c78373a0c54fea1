using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rempart.Store.Watching;

namespace Rempart.Store.Sqlite;

/// <summary>
/// The embedded store: every version of every key in one SQLite file (write-ahead log, synced at each commit). One writer commits
/// in groups, readers work on snapshots and wait for nobody. One process at a time.
/// </summary>
public sealed class SqliteStore : IStore
{
    private readonly DatabaseFile _file;
    private readonly WriteConnection _connection;
    private readonly WriteQueue _queue = new();
    private readonly ReaderPool _readers;
    private readonly Checkpointer _checkpointer;
    private readonly WatchHub _hub;
    private readonly Writer _writer;
    private int _disposed;

    private SqliteStore(SqliteStoreOptions options, DatabaseFile file, WriteConnection connection, ReaderPool readers, Checkpointer checkpointer)
    {
        (_file, _connection, _readers, _checkpointer) = (file, connection, readers, checkpointer);
        var meta = connection.Meta();
        _hub = new WatchHub(meta.Revision, options.ProgressInterval, options.Time);
        _writer = new Writer(connection, _queue, _hub, checkpointer);
        // A compaction that a crash cut short goes on.
        _queue.Enqueue(new CompactionRequest(meta.Compacted));
        checkpointer.Start();
        _writer.Start();
    }

    /// <summary>Opens the file, makes it if it is missing, and checks it. Blocks; meant for the start of a process.</summary>
    /// <exception cref="StoreUnavailableException">It can't be opened, is open elsewhere, or others could read it.</exception>
    /// <exception cref="StoreCorruptException">It is damaged, not a store, or from a newer version.</exception>
    public static SqliteStore Open(SqliteStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Readers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Readers, 16, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBytes, 1024 * 1024, nameof(options));
        var opened = new Stack<IDisposable>();
        try
        {
            var file = Keep(opened, DatabaseFile.Claim(options.Path));
            var database = Keep(opened, Database.Open(options.Path));
            Schema.Prepare(database, options.Path, options.MaxBytes, options.NewIncarnation, options.FirstRevision);
            var connection = new WriteConnection(database);
            var readers = Keep(opened, new ReaderPool(options.Path, options.Readers));
            var checkpointer = Keep(opened, new Checkpointer(Database.Open(options.Path)));
            return new SqliteStore(options, file, connection, readers, checkpointer);
        }
        catch
        {
            foreach (var part in opened)
            {
                part.Dispose();
            }

            throw;
        }
    }

    public ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Volatile.Read(ref _disposed) == 0 ? new(_writer.Stamp) : throw new StoreUnavailableException("the store is closed", inner: null);
    }

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        StoreLimits.CheckKey(key);
        return _readers.ReadAsync(key, static (reader, key) => reader.Get(key), cancellationToken);
    }

    public ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        StoreLimits.CheckList(range, limit, revision);
        return _readers.ReadAsync((range, limit, revision), static (reader, a) => reader.List(a.range, a.limit, a.revision), cancellationToken);
    }

    public async ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken)
    {
        StoreLimits.CheckWrites(writes);
        var began = Stopwatch.GetTimestamp();
        var request = new CommitRequest(writes);
        await _queue.EnqueueAsync(request, cancellationToken);
        await using var cancel = cancellationToken.UnsafeRegister(
            static (state, token) => ((CommitRequest)state!).TryCancel(token), request);
        var result = await request.Result;
        StoreMetrics.Committed(Stopwatch.GetElapsedTime(began), result.IsCommitted);
        return result;
    }

    public async IAsyncEnumerable<StoreBatch> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoreLimits.CheckBound(prefix);
        ArgumentOutOfRangeException.ThrowIfNegative(afterRevision);
        // The queue first, then the history up to where the queue begins: nothing falls between.
        var (queue, live) = _hub.Open(prefix);
        try
        {
            (await MetaAsync(cancellationToken)).CheckReadable(afterRevision);
            var told = afterRevision;
            do
            {
                var batch = told >= live
                    ? new StoreBatch([], told)
                    : await _readers.ReadAsync((prefix, told, live), static (reader, a) => reader.Replay(a.prefix, a.told, a.live), cancellationToken);
                told = batch.Revision;
                yield return batch;
            }
            while (told < live);

            await foreach (var batch in queue.AfterAsync(told, cancellationToken)) yield return batch;
        }
        finally
        {
            _hub.Close(queue);
        }
    }

    public async ValueTask RequestProgressAsync(CancellationToken cancellationToken) =>
        _hub.RequestProgress((await CurrentAsync(cancellationToken)).Revision);

    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, 1);
        var request = new CompactionRequest(revision);
        _queue.Enqueue(request);
        await request.Done.WaitAsync(cancellationToken);
    }

    /// <summary>Finishes the commits that are queued, ends the watches and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.Close();
        await _writer.Ended;
        _hub.Dispose();
        await _checkpointer.CloseAsync();
        await _readers.CloseAsync();
        _checkpointer.Dispose();
        _readers.Dispose();
        _connection.Dispose();
        _queue.Dispose();
        _file.Dispose();
    }

    private ValueTask<Meta> MetaAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(0, static (reader, _) => reader.ReadMeta(), cancellationToken);

    private static T Keep<T>(Stack<IDisposable> opened, T part)
        where T : IDisposable
    {
        opened.Push(part);
        return part;
    }
}

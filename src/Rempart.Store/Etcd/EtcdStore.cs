using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>
/// The store of several servers: an etcd cluster, reached at any of its members. Commits are transactions that compare revisions, reads
/// are linearizable, and one watch of etcd feeds all watches here. See docs/design/etcd.md.
/// </summary>
public sealed partial class EtcdStore : IStore
{
    /// <summary>
    /// Most bytes of a commit. Etcd up to 3.4.23 and 3.5.4 writes a log entry of 10 MiB and more if it was told to take such requests, and
    /// does not start with it afterwards (etcd#14025): that must never be sent, whatever etcd is set to.
    /// </summary>
    public const int CommitBytes = 9 * 1024 * 1024;

    private readonly EtcdClient _client;
    private readonly EtcdLayout _layout;
    private readonly EtcdMeta _meta;
    private readonly EtcdPages _pages;
    private readonly EtcdFeed _feed;
    private readonly SharedRead<EtcdMeta> _current;
    private readonly CancellationTokenSource _closed = new();
    private EtcdPresence? _presence;
    private long _seen;
    private int _disposed;

    private EtcdStore(EtcdClient client, EtcdLayout layout, EtcdMeta meta, EtcdStoreOptions options)
    {
        (_client, _layout, _meta) = (client, layout, meta);
        _pages = new EtcdPages(client, layout);
        _current = new SharedRead<EtcdMeta>(() => ReadMetaAsync(_closed.Token));
        _feed = new EtcdFeed(client, layout, meta, ReadMetaAsync, options);
    }

    /// <summary>Opens the store of an instance; makes it if etcd has none.</summary>
    /// <exception cref="StoreUnavailableException">No member can be reached, or they refuse us.</exception>
    /// <exception cref="StoreCorruptException">What is there was written by a newer version.</exception>
    public static async Task<EtcdStore> OpenAsync(EtcdStoreOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var layout = new EtcdLayout(options.Instance);
        var client = EtcdConnection.Connect(options);
        try
        {
            var found = await EtcdConnection.FindAsync(client, layout, cancellationToken) ?? await EtcdConnection.MakeAsync(client, layout, EtcdMark.New(1), closed: null, cancellationToken);
            if (found.Closed is { } why) throw EtcdFailures.OutOfUse(why);
            var store = new EtcdStore(client, layout, found, options);
            try
            {
                if (options.Server is { } server) store._presence = await EtcdPresence.StartAsync(client, layout, server, options.Time, cancellationToken);
                return store;
            }
            catch
            {
                await store.DisposeAsync();
                throw;
            }
        }
        catch (EtcdException failure)
        {
            client.Dispose();
            throw EtcdFailures.AtOpening(failure);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The member that it works with now.</summary>
    internal Uri Member => _client.Current;

    public async ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken) => (await CurrentMetaAsync(cancellationToken)).Stamp;

    public async ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        StoreLimits.CheckKey(key);
        var found = await AskAsync(token => _client.RangeAsync(new EtcdRange(_layout.Key(key), End: null), EtcdClient.AnswerBytes, token), cancellationToken);
        return found.Entries.Count == 0 ? null : Entry(found.Entries[0]);
    }

    public async ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        StoreLimits.CheckList(range, limit, revision);
        if (revision > 0 && _meta.ToEtcd(revision) < _meta.MarkRevision) (await CurrentMetaAsync(cancellationToken)).CheckReadable(revision);
        try
        {
            var (head, page) = await AskAsync(token => _pages.ReadAsync(range, limit, revision == 0 ? 0 : _meta.ToEtcd(revision), token), cancellationToken);
            var now = Same(EtcdMeta.Read(_layout, head));
            if (revision != 0) now.CheckReadable(revision);
            return new StorePage([.. page.Entries.Select(Entry)], revision == 0 ? now.Revision : revision, page.Count - page.Entries.Count);
        }
        catch (StoreUnavailableException unavailable) when (unavailable.InnerException is EtcdException { Failure: EtcdFailure.Compacted or EtcdFailure.Future })
        {
            (await CurrentMetaAsync(cancellationToken)).CheckReadable(revision);
            throw await CompactedAsync(revision, cancellationToken);
        }
    }

    public async ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken)
    {
        StoreLimits.CheckWrites(writes);
        if (writes.Sum(write => write.Key.Length + (write.Value?.Length ?? 0)) is > CommitBytes and var bytes)
        {
            throw new StoreLimitException($"a commit of {bytes} bytes can't be written to etcd: at most {CommitBytes}");
        }

        cancellationToken.ThrowIfCancellationRequested();
        CheckOpen();
        var began = Stopwatch.GetTimestamp();
        EtcdTransactionResult outcome;
        try
        {
            outcome = await _client.TransactAsync(Transaction(writes), cancellationToken);
        }
        catch (EtcdException full) when (full.Failure == EtcdFailure.NoSpace)
        {
            throw await SettleAsync(writes, full);
        }
        catch (EtcdException failure)
        {
            throw Volatile.Read(ref _disposed) != 0 ? EtcdFailures.Closed() : EtcdFailures.Translate(failure);
        }

        var result = outcome.Succeeded ? CommitResult.Committed(_meta.ToStore(outcome.Header.Revision)) : Conflicts(writes, outcome);
        if (result.IsCommitted)
        {
            Saw(result.Revision);
            await _feed.ReachAsync(result.Revision);
        }

        StoreMetrics.Committed(Stopwatch.GetElapsedTime(began), result.IsCommitted);
        return result;
    }

    public async IAsyncEnumerable<StoreBatch> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoreLimits.CheckBound(prefix);
        ArgumentOutOfRangeException.ThrowIfNegative(afterRevision);
        CheckOpen();
        // The queue first, then the history up to where the queue begins: nothing falls between.
        var (queue, live) = _feed.Hub.Open(prefix);
        try
        {
            (await CurrentMetaAsync(cancellationToken)).CheckReadable(afterRevision);
            var told = afterRevision;
            if (told >= live)
            {
                yield return new StoreBatch([], told);
            }
            else
            {
                await foreach (var batch in ReplayAsync(prefix, told, live, cancellationToken))
                {
                    told = batch.Revision;
                    yield return batch;
                }
            }

            await foreach (var batch in queue.AfterAsync(told, cancellationToken)) yield return batch;
        }
        finally
        {
            _feed.Hub.Close(queue);
        }
    }

    public async ValueTask RequestProgressAsync(CancellationToken cancellationToken)
    {
        // Every revision of the store is a change that the feed is told of, so there is nothing to ask etcd for but which one is the newest.
        var revision = (await CurrentMetaAsync(cancellationToken)).Revision;
        _feed.Hub.RequestProgress(revision);
        _feed.Expect(revision);
    }

    /// <summary>Ends the watches and the connections. A commit that is on its way is waited for by who made it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _closed.CancelAsync();
        await _feed.DisposeAsync();
        if (_presence is { } presence) await presence.DisposeAsync();
        _client.Dispose();
        _closed.Dispose();
    }

    private EtcdTransaction Transaction(IReadOnlyList<StoreWrite> writes) => new(
        [new EtcdCompare(_layout.Mark, _meta.MarkRevision), new EtcdCompare(_layout.Closed, 0), .. writes.Select(write => new EtcdCompare(_layout.Key(write.Key), _meta.Expectation(write.ExpectedRevision)))],
        [
            .. writes.Where(write => !write.IsCheck).Select(write => write.Value is { } value ? EtcdOperation.Put(_layout.Key(write.Key), value) : EtcdOperation.Delete(_layout.Key(write.Key))),
            EtcdOperation.Put(_layout.Head, default),
        ],
        [EtcdOperation.Read(_layout.Meta), .. writes.Select(write => EtcdOperation.Read(new EtcdRange(_layout.Key(write.Key), End: null)))]);

    private CommitResult Conflicts(IReadOnlyList<StoreWrite> writes, EtcdTransactionResult outcome)
    {
        Same(EtcdMeta.Read(_layout, outcome.Ranges[0]));
        var conflicts = new List<StoreConflict>();
        for (var i = 0; i < writes.Count; i++)
        {
            var current = outcome.Ranges[i + 1].Entries is [var entry] ? Entry(entry) : null;
            if ((current?.ModRevision ?? 0) != writes[i].ExpectedRevision) conflicts.Add(new StoreConflict(writes[i].Key, writes[i].ExpectedRevision, current));
        }

        return conflicts.Count > 0 ? CommitResult.Conflicted(conflicts) : throw new UnreachableException("a transaction failed though all its conditions hold");
    }

    /// <summary>
    /// What became of a commit that met a full database: etcd does the transaction that reaches its quota and then says that there is no
    /// room. Its answer is final, so a key that is as it was means that nothing was done.
    /// </summary>
    private async Task<StoreException> SettleAsync(IReadOnlyList<StoreWrite> writes, EtcdException full)
    {
        var write = writes.First(write => !write.IsCheck);
        try
        {
            var current = await GetAsync(write.Key, CancellationToken.None);
            if ((current?.ModRevision ?? 0) == write.ExpectedRevision) return new StoreUnavailableException(full.Message, full) { IsDiskFull = true };
        }
        catch (StoreException)
        {
            // Then it stays unknown.
        }

        return EtcdFailures.Translate(full);
    }

    /// <summary>The changes of a prefix above one revision and up to another, whole revisions.</summary>
    private async IAsyncEnumerable<StoreBatch> ReplayAsync(string prefix, long after, long until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        var events = new EtcdEvents(_layout, _meta, after);
        // All data and not the prefix alone: the change at `until` is then sure to come, and says that everything did.
        await using var parts = _client.WatchAsync(_layout.Data with { Revision = _meta.ToEtcd(after) + 1 }, stop.Token).GetAsyncEnumerator(stop.Token);
        while (events.Told < until)
        {
            IReadOnlyList<StoreEvent> changes;
            try
            {
                if (!await parts.MoveNextAsync()) throw EtcdFailures.Closed();
                changes = events.Take(parts.Current);
            }
            catch (EtcdException compacted) when (compacted.Failure == EtcdFailure.Compacted)
            {
                throw await CompactedAsync(after, cancellationToken);
            }
            catch (EtcdException failure)
            {
                throw EtcdFailures.Translate(failure);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw EtcdFailures.Closed();
            }

            if (changes.Count == 0) continue;
            var told = Math.Min(events.Told, until);
            yield return new StoreBatch([.. changes.Where(change => change.Revision <= told && change.Key.StartsWith(prefix, StringComparison.Ordinal))], told);
        }
    }

    private Task<EtcdMeta> CurrentMetaAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckOpen();
        return _current.ReadAsync(cancellationToken);
    }

    private async Task<EtcdMeta> ReadMetaAsync(CancellationToken cancellationToken)
    {
        var seen = Interlocked.Read(ref _seen);
        var now = Same(await AskAsync(token => EtcdConnection.FindAsync(_client, _layout, token), cancellationToken));
        // What was there when this was asked can only be behind it: somebody put an older copy in its place.
        if (now.Revision < seen) throw EtcdFailures.Replaced();
        Saw(now.Revision);
        return now;
    }

    private void Saw(long revision)
    {
        for (var seen = Interlocked.Read(ref _seen); seen < revision && Interlocked.CompareExchange(ref _seen, revision, seen) != seen;) seen = Interlocked.Read(ref _seen);
    }

    private EtcdMeta Same(EtcdMeta? found) =>
        found is null || !found.IsSame(_meta) ? throw EtcdFailures.Replaced()
        : found.Closed is { } why ? throw EtcdFailures.OutOfUse(why)
        : found;

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckOpen();
        try
        {
            return await ask(cancellationToken);
        }
        catch (EtcdException failure)
        {
            throw Volatile.Read(ref _disposed) != 0 ? EtcdFailures.Closed() : EtcdFailures.Translate(failure);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            throw EtcdFailures.Closed();
        }
    }

    private StoreEntry Entry(EtcdKeyValue entry) =>
        new(_layout.Strip(entry.Key), entry.Value, _meta.ToStore(entry.ModRevision), _meta.ToStore(entry.CreateRevision));

    private void CheckOpen()
    {
        if (Volatile.Read(ref _disposed) != 0) throw EtcdFailures.Closed();
    }
}

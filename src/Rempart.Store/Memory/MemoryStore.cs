using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Rempart.Store.Memory;

/// <summary>
/// The reference model: the whole history in one sorted map under one lock, written to be obviously right. Other stores are
/// compared with it; tests of everything above the store use it. The log of changes is never cut, so it is not for production.
/// </summary>
public sealed class MemoryStore : IStore
{
    private readonly Lock _gate = new();
    private readonly string _incarnation = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly SortedDictionary<string, List<StoreEvent>> _history = new(StringComparer.Ordinal);
    private readonly List<StoreEvent> _log = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _revision = 1;
    private long _compacted = 1;
    private bool _closed;

    public ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            CheckOpen();
            return ValueTask.FromResult(new StoreStamp(_incarnation, _revision, _compacted));
        }
    }

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        StoreLimits.CheckKey(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            CheckOpen();
            return ValueTask.FromResult(At(key, _revision));
        }
    }

    public ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        StoreLimits.CheckList(range, limit, revision);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            CheckOpen();
            CheckReadable(revision == 0 ? _revision : revision);
            var snapshot = revision == 0 ? _revision : revision;
            var all = _history.Keys.Where(range.Contains).Select(key => At(key, snapshot)).OfType<StoreEntry>().ToList();
            var page = new List<StoreEntry>();
            var bytes = 0;
            foreach (var entry in all.Take(limit))
            {
                page.Add(entry);
                bytes += entry.Value.Length;
                if (bytes >= StoreLimits.PageBytes)
                {
                    break;
                }
            }

            return ValueTask.FromResult(new StorePage(page, snapshot, all.Count - page.Count));
        }
    }

    public ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken)
    {
        StoreLimits.CheckWrites(writes);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            CheckOpen();
            var conflicts = writes
                .Select(write => new StoreConflict(write.Key, write.ExpectedRevision, At(write.Key, _revision)))
                .Where(found => found.ExpectedRevision != (found.Current?.ModRevision ?? 0))
                .ToList();
            if (conflicts.Count > 0)
            {
                return ValueTask.FromResult(CommitResult.Conflicted(conflicts));
            }

            var revision = _revision + 1;
            foreach (var write in writes.Where(write => !write.IsCheck))
            {
                var created = At(write.Key, _revision)?.CreateRevision ?? revision;
                Append(new StoreEvent(write.Key, write.Value, revision, created));
            }

            _revision = revision;
            Signal();
            return ValueTask.FromResult(CommitResult.Committed(revision));
        }
    }

    public async IAsyncEnumerable<StoreBatch> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoreLimits.CheckBound(prefix);
        ArgumentOutOfRangeException.ThrowIfNegative(afterRevision);
        var (next, revision) = (StartWatch(afterRevision), afterRevision);
        for (var first = true; ; first = false)
        {
            Task changed;
            StoreBatch? batch = null;
            lock (_gate)
            {
                CheckOpen();
                changed = _changed.Task;
                if (first || _revision > revision)
                {
                    var events = _log.Skip(next).Where(e => e.Revision > revision && e.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
                    if (!first && events.Count > StoreLimits.WatchEvents)
                    {
                        throw new StoreWatchOverflowException(prefix);
                    }

                    (next, revision) = (_log.Count, _revision);
                    batch = new StoreBatch(events, revision);
                }
            }

            if (batch is not null)
            {
                yield return batch;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public ValueTask RequestProgressAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            // Every watch is told of every revision already.
            CheckOpen();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            CheckOpen();
            if (revision > _revision)
            {
                throw new StoreFutureRevisionException(revision, _revision);
            }

            _compacted = Math.Max(_compacted, revision);
            foreach (var (key, versions) in _history.ToList())
            {
                var kept = versions.FindLastIndex(e => e.Revision <= _compacted);
                versions.RemoveRange(0, Math.Max(0, kept + (kept >= 0 && versions[kept].Value is null ? 1 : 0)));
                if (versions.Count == 0)
                {
                    _history.Remove(key);
                }
            }

            return ValueTask.CompletedTask;
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            Signal();
            return ValueTask.CompletedTask;
        }
    }

    private int StartWatch(long afterRevision)
    {
        lock (_gate)
        {
            CheckOpen();
            CheckReadable(afterRevision);
            return _log.FindIndex(e => e.Revision > afterRevision) is >= 0 and var index ? index : _log.Count;
        }
    }

    private StoreEntry? At(string key, long revision) =>
        _history.GetValueOrDefault(key)?.FindLast(e => e.Revision <= revision) is { Value: { } value } found
            ? new StoreEntry(key, value, found.Revision, found.CreateRevision)
            : null;

    private void Append(StoreEvent change)
    {
        if (!_history.TryGetValue(change.Key, out var versions))
        {
            _history[change.Key] = versions = [];
        }

        versions.Add(change);
        _log.Add(change);
    }

    private void CheckReadable(long revision)
    {
        if (revision < _compacted)
        {
            throw new StoreCompactedException(revision, _compacted);
        }

        if (revision > _revision)
        {
            throw new StoreFutureRevisionException(revision, _revision);
        }
    }

    private void CheckOpen()
    {
        if (_closed)
        {
            throw new StoreUnavailableException("the store is closed", inner: null);
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

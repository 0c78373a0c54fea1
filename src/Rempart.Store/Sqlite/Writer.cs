using Rempart.Store.Watching;

namespace Rempart.Store.Sqlite;

/// <summary>
/// The one writer, on a thread of its own because every group ends in a sync of the disk: takes all commits that wait, writes them in
/// one transaction, each with its revision, tells the watches, then the callers.
/// </summary>
internal sealed class Writer
{
    private const int SweepBatch = 256;

    private readonly WriteConnection _connection;
    private readonly WriteQueue _queue;
    private readonly WatchHub _hub;
    private readonly Checkpointer _checkpointer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Durable _stamp;
    private long _revision;
    private StoreException? _broken;

    public Writer(WriteConnection connection, WriteQueue queue, WatchHub hub, Checkpointer checkpointer)
    {
        (_connection, _queue, _hub, _checkpointer) = (connection, queue, hub, checkpointer);
        var meta = connection.Meta();
        (_revision, _stamp) = (meta.Revision, new Durable(meta.Stamp));
    }

    /// <summary>Where the store is: not below what any finished commit has written or any watch was told. One process at a time writes a file, so nobody else knows more. A read that began later may see a commit that is not told here yet.</summary>
    public StoreStamp Stamp => _stamp.Stamp;

    /// <summary>Ends when the queue is closed and done.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { Name = "store-writer", IsBackground = true }.Start();

    private void Run()
    {
        var group = new List<CommitRequest>();
        while (_queue.Take(group, out var compaction))
        {
            if (group.Count > 0)
            {
                CommitGroup(group);
            }

            if (compaction is not null)
            {
                Compact(compaction);
            }
        }

        _ended.SetResult();
    }

    private void CommitGroup(List<CommitRequest> group)
    {
        try
        {
            ThrowIfBroken();
            var results = new CommitResult[group.Count];
            var events = new List<StoreEvent>(group.Count);
            _connection.Begin();
            for (var i = 0; i < results.Length; i++)
            {
                results[i] = Apply(group[i].Writes, events);
            }

            if (events.Count > 0)
            {
                _connection.SetRevision(_revision);
            }

            _connection.Commit();
            if (events.Count > 0)
            {
                _stamp = new Durable(Stamp with { Revision = _revision });
                _hub.Publish(events, _revision);
                _checkpointer.Written(group.Sum(request => request.Bytes));
            }

            for (var i = 0; i < results.Length; i++)
            {
                group[i].Complete(results[i]);
            }
        }
        catch (StoreException failure)
        {
            var told = Break(failure);
            foreach (var request in group)
            {
                request.Fail(told);
            }
        }
    }

    private CommitResult Apply(IReadOnlyList<StoreWrite> writes, List<StoreEvent> events)
    {
        Span<long> created = stackalloc long[StoreLimits.CommitWrites];
        List<StoreConflict>? conflicts = null;
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            (var id, created[i]) = _connection.Find(write.Key);
            if (Schema.RevisionOf(id) != write.ExpectedRevision)
            {
                var current = id == 0 ? null : _connection.Entry(write.Key, id, created[i]);
                (conflicts ??= []).Add(new StoreConflict(write.Key, write.ExpectedRevision, current));
            }
        }

        if (conflicts is not null)
        {
            return CommitResult.Conflicted(conflicts);
        }

        _revision++;
        for (var i = 0; i < writes.Count; i++)
        {
            if (!writes[i].IsCheck) events.Add(_connection.Write(writes[i], Schema.FirstId(_revision) + i, created[i]));
        }

        return CommitResult.Committed(_revision);
    }

    private void Compact(CompactionRequest request)
    {
        try
        {
            ThrowIfBroken();
            _connection.Begin();
            var meta = _connection.Meta();
            if (request.Revision > meta.Revision)
            {
                _connection.Rollback();
                request.Fail(new StoreFutureRevisionException(request.Revision, meta.Revision));
                return;
            }

            if (request.Revision > meta.Compacted)
            {
                _connection.SetCompacted(request.Revision);
            }

            var more = _connection.Sweep(SweepBatch);
            _connection.Commit();
            _stamp = new Durable(Stamp with { CompactedRevision = Math.Max(Stamp.CompactedRevision, request.Revision) });
            _checkpointer.Written(SweepBatch * 64);
            if (more)
            {
                // Behind the commits that came meanwhile.
                _queue.Enqueue(request);
            }
            else
            {
                request.Complete();
            }
        }
        catch (StoreException failure)
        {
            request.Fail(Break(failure));
        }
    }

    /// <summary>
    /// After a failed write the engine's view and the disk's may differ (a failed sync may have dropped pages): nothing more is written
    /// until the file is opened anew, which reads what is really there. A full disk is the exception: nothing was lost. What to tell
    /// is returned.
    /// </summary>
    private StoreException Break(StoreException failure)
    {
        _connection.Rollback();
        if (_broken is null && failure is StoreUnavailableException { IsUnsettled: true })
        {
            failure = Settle(failure);
        }

        if (failure is StoreUnavailableException { IsDiskFull: true })
        {
            // Room of the log may be used again once it has been copied.
            _checkpointer.Ask();
        }
        else if (_broken is null)
        {
            _broken = failure;
            _hub.Fail(new StoreUnavailableException($"the store stopped writing after a failure and must be opened anew: {failure.Message}", failure));
        }

        return failure;
    }

    /// <summary>Makes sure that nobody will find the failed commit in the log; if that fails too, its outcome is unknown.</summary>
    private StoreException Settle(StoreException failure)
    {
        try
        {
            _connection.OverwriteFailed();
            return failure;
        }
        catch (StoreException again)
        {
            _connection.Rollback();
            return new StoreUnavailableException($"whether a change was written is unknown ({again.Message})", failure);
        }
    }

    private void ThrowIfBroken()
    {
        if (_broken is not null)
        {
            throw new StoreUnavailableException($"the store stopped writing after a failure and must be opened anew: {_broken.Message}", _broken);
        }
    }

    // A reference is read and written whole.
    private sealed record Durable(StoreStamp Stamp);
}

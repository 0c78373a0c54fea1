using System.Diagnostics.CodeAnalysis;

namespace Rempart.Store.Sqlite;

/// <summary>What waits for the one writer: commits, bounded, and compactions. Callers wait asynchronously, the writer's thread blocks.</summary>
internal sealed class WriteQueue : IDisposable
{
    private const int Capacity = 1024;
    private const int GroupCommits = 256;
    private const int GroupBytes = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<CommitRequest> _commits = new();
    private readonly Queue<CompactionRequest> _compactions = new();
    private readonly SemaphoreSlim _slots = new(Capacity);

    /// <summary>Set while something waits. Without spinning: a commit takes a thousand times longer than waking its thread.</summary>
    private readonly ManualResetEventSlim _ready = new(initialState: false, spinCount: 0);
    private bool _closed;

    public async ValueTask EnqueueAsync(CommitRequest request, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            Enqueue(_commits, request);
        }
        catch (StoreUnavailableException)
        {
            // The next caller who waits must hear it too.
            _slots.Release();
            throw;
        }
    }

    public void Enqueue(CompactionRequest request) => Enqueue(_compactions, request);

    /// <summary>
    /// Blocks until there is work, then takes commits for one group and at most one compaction step. False when the queue is closed and
    /// empty.
    /// </summary>
    public bool Take(List<CommitRequest> group, [MaybeNull] out CompactionRequest? compaction)
    {
        compaction = null;
        group.Clear();
        while (true)
        {
            lock (_gate)
            {
                TakeCommits(group);
                _compactions.TryDequeue(out compaction);
                if (group.Count > 0 || compaction is not null)
                {
                    return true;
                }

                if (_closed)
                {
                    return false;
                }

                _ready.Reset();
            }

            _ready.Wait();
        }
    }

    /// <summary>Refuses what comes later; what is queued is still done.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _ready.Set();
        }
    }

    /// <summary>After the writer ended. Callers may still be on their way to be refused, so what they wait on stays.</summary>
    public void Dispose() => _ready.Dispose();

    private void Enqueue<T>(Queue<T> queue, T request)
    {
        lock (_gate)
        {
            if (_closed)
            {
                throw new StoreUnavailableException("the store is closed", inner: null);
            }

            queue.Enqueue(request);
            _ready.Set();
        }
    }

    private void TakeCommits(List<CommitRequest> group)
    {
        var bytes = 0;
        while (group.Count < GroupCommits && bytes < GroupBytes && _commits.TryDequeue(out var request))
        {
            _slots.Release();
            if (request.TryTake())
            {
                group.Add(request);
                bytes += request.Bytes;
            }
        }
    }
}

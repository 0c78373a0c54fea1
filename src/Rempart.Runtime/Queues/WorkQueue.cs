namespace Rempart.Runtime.Queues;

/// <summary>
/// Keys that wait for a worker, in the manner of client-go's work queue. A key waits at most once; a key that is added while a
/// worker has it comes again when the worker is done with it, never at once with it; failures delay a key exponentially.
/// </summary>
public sealed class WorkQueue : IDisposable
{
    /// <summary>Most keys that wait; more mean that something makes keys up.</summary>
    public const int MaxKeys = 1_000_000;

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Queue<ResourceKey> _ready = [];
    private readonly HashSet<ResourceKey> _waiting = [];
    private readonly HashSet<ResourceKey> _working = [];
    private readonly Dictionary<ResourceKey, Later> _later = [];
    private readonly Dictionary<ResourceKey, int> _failures = [];
    private readonly SemaphoreSlim _signal = new(0);
    private bool _closed;
    private long _adds;
    private long _retries;

    public WorkQueue(TimeProvider time) => _time = time;

    /// <summary>Keys that a worker could take now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _ready.Count;
        }
    }

    /// <summary>Keys that wait for their time.</summary>
    public int Delayed
    {
        get
        {
            lock (_lock) return _later.Count;
        }
    }

    /// <summary>How many keys were added so far, those that waited already left out.</summary>
    public long Adds => Interlocked.Read(ref _adds);

    /// <summary>How many were added after a failure.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    public void Add(ResourceKey key)
    {
        lock (_lock)
        {
            if (_closed || !_waiting.Add(key)) return;
            _adds++;
            if (_waiting.Count > MaxKeys) throw new InvalidOperationException($"more than {MaxKeys} keys wait to be reconciled");
            if (_working.Contains(key)) return;
            _ready.Enqueue(key);
        }
        _signal.Release();
    }

    /// <summary>Adds the key after a delay; the nearest of several such times counts.</summary>
    public void AddAfter(ResourceKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }
        lock (_lock)
        {
            if (_closed) return;
            var due = _time.GetUtcNow() + delay;
            if (_later.TryGetValue(key, out var sooner) && sooner.Due <= due) return;
            sooner?.Timer.Dispose();
            var later = new Later(due, _time.CreateTimer(_ => Ripen(key, due), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
            _later[key] = later;
            later.Timer.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Adds the key after a delay that doubles with each failure: 50 ms to 2 minutes.</summary>
    public void AddAfterFailure(ResourceKey key)
    {
        int failures;
        lock (_lock)
        {
            failures = _failures.GetValueOrDefault(key);
            _retries++;
            _failures[key] = Math.Min(failures + 1, 30);
        }
        AddAfter(key, TimeSpan.FromTicks(Math.Min(FirstBackOff.Ticks << Math.Min(failures, 30), LongestBackOff.Ticks)));
    }

    /// <summary>The key succeeded: its next failure is its first.</summary>
    public void Forget(ResourceKey key)
    {
        lock (_lock) _failures.Remove(key);
    }

    /// <summary>Takes the next key; the worker must call <see cref="Done"/>.</summary>
    public async Task<ResourceKey> TakeAsync(CancellationToken cancellationToken)
    {
        await _signal.WaitAsync(cancellationToken);
        lock (_lock)
        {
            var key = _ready.Dequeue();
            _waiting.Remove(key);
            _working.Add(key);
            return key;
        }
    }

    /// <summary>The worker is done with the key.</summary>
    public void Done(ResourceKey key)
    {
        lock (_lock)
        {
            if (!_working.Remove(key) || !_waiting.Contains(key) || _closed) return;
            _ready.Enqueue(key);
        }
        _signal.Release();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var later in _later.Values) later.Timer.Dispose();
            _later.Clear();
        }
    }

    private void Ripen(ResourceKey key, DateTimeOffset due)
    {
        lock (_lock)
        {
            if (!_later.TryGetValue(key, out var later) || later.Due != due) return;
            _later.Remove(key);
            later.Timer.Dispose();
        }
        Add(key);
    }

    private sealed record Later(DateTimeOffset Due, ITimer Timer);
}

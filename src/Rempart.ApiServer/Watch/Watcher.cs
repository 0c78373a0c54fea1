using System.Threading.Channels;
using Rempart.Api.Meta;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>One reader of the changes of a kind. A reader that falls too far behind is ended, never waited for.</summary>
internal sealed class Watcher : IDisposable
{
    private readonly KindCache _cache;
    private readonly string? _namespacePrefix;
    private readonly WatchBounds _bounds;
    private readonly Channel<CacheEvent> _channel;
    private readonly TaskCompletionSource _behind = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<CacheEvent> _first;
    private long _reached;
    private long _waiting;

    public Watcher(KindCache cache, string? ns, IReadOnlyList<CacheEvent> first, long revision, WatchBounds bounds)
    {
        (_cache, _bounds) = (cache, bounds);
        _channel = Channel.CreateBounded<CacheEvent>(new BoundedChannelOptions(bounds.Changes) { SingleReader = true });
        _namespacePrefix = ns is not null && cache.Registration.Kind.Namespaced ? ns + "/" : null;
        _reached = revision;
        _first = new(first.Where(Concerns));
        StartRevision = revision;
    }

    /// <summary>The kind that is watched.</summary>
    public KindInfo Kind => _cache.Registration.Kind;

    /// <summary>The revision that what is told first leads to.</summary>
    public long StartRevision { get; }

    /// <summary>Completes when the reader was too slow: what waits can still be read, and nothing comes after it.</summary>
    public Task FellBehind => _behind.Task;

    /// <summary>The revision that the reader is current at once it has read all that waits.</summary>
    public long ReachedRevision => Volatile.Read(ref _reached);

    /// <summary>What to tell before anything else, handed out once: a watch must not hold for its whole time what it began with. Null when all was told.</summary>
    public CacheEvent? TryReadFirst() => _first.TryDequeue(out var change) ? change : null;

    /// <summary>Waits for a change behind what is told first; false when none will come.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The next change; null when none waits.</summary>
    public CacheEvent? TryRead()
    {
        if (!_channel.Reader.TryRead(out var change)) return null;
        Interlocked.Add(ref _waiting, -change.Bytes);
        return change;
    }

    public void Offer(CacheEvent change)
    {
        if (!Concerns(change)) return;
        if (Interlocked.Add(ref _waiting, change.Bytes) <= _bounds.Bytes && _channel.Writer.TryWrite(change)) return;
        if (!_behind.TrySetResult()) return;
        _channel.Writer.TryComplete();
        WatchMetrics.CutOff(Kind);
    }

    public void Reached(long revision)
    {
        // After a change that it was not told, a reader is current at nothing.
        if (!_behind.Task.IsCompleted) Volatile.Write(ref _reached, revision);
    }

    public void Dispose() => _cache.Close(this);

    private bool Concerns(CacheEvent change) =>
        _namespacePrefix is null || (change.Now ?? change.Before)!.Key.StartsWith(_namespacePrefix, StringComparison.Ordinal);
}

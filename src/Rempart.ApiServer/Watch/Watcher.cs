using System.Threading.Channels;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>One reader of the changes of a kind. A reader that falls too far behind is ended, never waited for.</summary>
internal sealed class Watcher : IDisposable
{
    private const int MostWaiting = 8192;
    private readonly KindCache _cache;
    private readonly string? _namespacePrefix;
    private readonly Channel<CacheEvent> _channel = Channel.CreateBounded<CacheEvent>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private long _reached;

    public Watcher(KindCache cache, string? ns, IReadOnlyList<CacheEvent> first, long revision)
    {
        _cache = cache;
        _namespacePrefix = ns is not null && cache.Registration.Kind.Namespaced ? ns + "/" : null;
        _reached = revision;
        First = [.. first.Where(Concerns)];
        StartRevision = revision;
    }

    /// <summary>The kind that is watched.</summary>
    public Rempart.Api.Meta.KindInfo Kind => _cache.Registration.Kind;

    /// <summary>What to tell before anything else.</summary>
    public IReadOnlyList<CacheEvent> First { get; }

    /// <summary>The revision that <see cref="First"/> leads to.</summary>
    public long StartRevision { get; }

    /// <summary>Changes after <see cref="First"/>. Completed when the reader was too slow.</summary>
    public ChannelReader<CacheEvent> Events => _channel.Reader;

    /// <summary>The revision that the reader is current at once it has read all that waits.</summary>
    public long ReachedRevision => Volatile.Read(ref _reached);

    public void Offer(CacheEvent change)
    {
        if (Concerns(change) && !_channel.Writer.TryWrite(change)) _channel.Writer.TryComplete();
    }

    public void Reached(long revision) => Volatile.Write(ref _reached, revision);

    public void Dispose() => _cache.Close(this);

    private bool Concerns(CacheEvent change) =>
        _namespacePrefix is null || (change.Now ?? change.Before)!.Key.StartsWith(_namespacePrefix, StringComparison.Ordinal);
}

using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Skew;
using Rempart.ApiServer.Watch;
using Rempart.Store;

namespace Rempart.ApiServer.Registry;

/// <summary>
/// Every stored object in memory, kept up to date by one watch of the store, so that all kinds are at one revision.
/// Reads never wait; who needs the latest state calls <see cref="SyncAsync"/> first.
/// </summary>
internal sealed class ObjectCache : IObjectReader, IDisposable
{
    /// <summary>What every key of an object begins with.</summary>
    public const string Root = "/registry/";

    private const int PageSize = 5000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly IStore _store;
    private readonly IValueTransform _transform;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, KindCache> _byPrefix;
    private readonly Dictionary<KindInfo, KindCache> _byKind = [];
    private readonly RevisionSignal _signal = new();

    public ObjectCache(IStore store, IEnumerable<KindRegistration> kinds, IValueTransform transform, TimeProvider time)
    {
        (_store, _transform, _time) = (store, transform, time);
        foreach (var registration in kinds) _byKind[registration.Kind] = new KindCache(registration, new EventWindow(), new WatchBounds());
        _byPrefix = _byKind.Values.ToDictionary(k => k.Registration.Prefix, StringComparer.Ordinal);
    }

    public long Revision => _signal.Revision;

    /// <summary>What only a newer server knows.</summary>
    public UnknownObjects Unknown { get; } = new(Root);

    public KindCache Of(KindInfo kind) => _byKind[kind];

    public CachedObject? Get(KindInfo kind, string? ns, string name)
    {
        var cache = Of(kind);
        return cache.Get(cache.Registration.Key(ns, name));
    }

    public IReadOnlyList<CachedObject> List(KindInfo kind, string? ns) => Of(kind).List(ns);

    public async ValueTask<T?> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken) where T : ApiObject
    {
        await SyncAsync(cancellationToken);
        return Get(KindInfo.Of<T>(), ns, name)?.As<T>();
    }

    public T? Find<T>(string? ns, string name) where T : ApiObject => Get(KindInfo.Of<T>(), ns, name)?.As<T>();

    public async ValueTask<IReadOnlyList<T>> ListAsync<T>(string? ns, CancellationToken cancellationToken) where T : ApiObject
    {
        await SyncAsync(cancellationToken);
        return [.. List(KindInfo.Of<T>(), ns).Select(o => o.As<T>())];
    }

    public void Observe<T>(IObjectObserver<T> observer) where T : ApiObject => Of(KindInfo.Of<T>()).Observe(new CacheObserver<T>(observer));

    public async ValueTask CatchUpAsync(CancellationToken cancellationToken) => await SyncAsync(cancellationToken);

    /// <summary>Reads everything; the cache can be used afterwards and <see cref="FollowAsync"/> goes on from there.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var range = StoreRange.Prefix(Root);
        long revision = 0;
        for (var more = true; more;)
        {
            var page = await _store.ListAsync(range, PageSize, revision, cancellationToken);
            foreach (var entry in page.Entries)
            {
                if (Find(entry.Key, out var name) is { } kind) kind.Load(name, _transform.Open(entry.Key, entry.Value), entry.ModRevision, entry.CreateRevision);
                else Unknown.Put(entry.Key);
                range = range.After(entry.Key);
            }

            (revision, more) = (page.Revision, page.More);
        }

        foreach (var each in _byKind.Values) each.Loaded(revision);
        _signal.Advance(revision);
    }

    /// <summary>Applies changes until cancelled. It throws when the store does: the process can't serve without it.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var batch in _store.WatchAsync(Root, Revision, cancellationToken))
                {
                    foreach (var change in batch.Events) Apply(change);
                    foreach (var kind in _byKind.Values) kind.Reached(batch.Revision);
                    _signal.Advance(batch.Revision);
                }
            }
            catch (StoreWatchOverflowException)
            {
                // Nothing is lost: the watch begins again after the last revision that was applied.
            }
            catch (StoreUnavailableException away) when (away.IsAway)
            {
                await Task.Delay(Pause, _time, cancellationToken);
            }
        }
    }

    /// <summary>Waits until the cache shows at least what the store held when this was called, and returns that revision.</summary>
    public async ValueTask<long> SyncAsync(CancellationToken cancellationToken)
    {
        var current = (await _store.CurrentAsync(cancellationToken)).Revision;
        await WaitForAsync(current, cancellationToken);
        return current;
    }

    /// <summary>Waits until the cache has reached a revision that the store has issued.</summary>
    public async ValueTask WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        if (Revision >= revision) return;
        await _store.RequestProgressAsync(cancellationToken);
        await _signal.WaitForAsync(revision, cancellationToken);
    }

    public void Dispose() => _signal.Dispose();

    private void Apply(StoreEvent change)
    {
        if (Find(change.Key, out var name) is not { } kind)
        {
            if (change.Value is null) Unknown.Remove(change.Key);
            else Unknown.Put(change.Key);
            return;
        }

        if (change.Value is { } value) kind.Put(name, _transform.Open(change.Key, value), change.Revision, change.CreateRevision);
        else kind.Remove(name, change.Revision);
    }

    private KindCache? Find(string key, out string name)
    {
        name = "";
        var group = key.IndexOf('/', Root.Length);
        var plural = group < 0 ? -1 : key.IndexOf('/', group + 1);
        if (plural < 0 || !_byPrefix.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key.AsSpan(0, plural + 1), out var kind)) return null;
        name = key[(plural + 1)..];
        return kind;
    }
}

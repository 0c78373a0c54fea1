using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Registry;

/// <summary>The objects of one kind in order of their keys, the latest changes, and who watches.</summary>
/// <param name="registration">The kind.</param>
/// <param name="window">Keeps the latest changes.</param>
/// <param name="bounds">What a watcher may keep waiting.</param>
internal sealed class KindCache(KindRegistration registration, EventWindow window, WatchBounds bounds)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CachedObject> _objects = new(StringComparer.Ordinal);
    private readonly List<string> _keys = [];
    private readonly List<Watcher> _watchers = [];
    private readonly List<ICacheObserver> _observers = [];
    private long _revision;

    public KindRegistration Registration { get; } = registration;

    public int Count
    {
        get
        {
            lock (_gate) return _objects.Count;
        }
    }

    public CachedObject? Get(string key)
    {
        lock (_gate) return _objects.GetValueOrDefault(key);
    }

    public CachedObject[] List(string? ns) => Snapshot(ns).Objects;

    /// <summary>The objects of a namespace, or of all, and the revision that they show.</summary>
    public (CachedObject[] Objects, long Revision) Snapshot(string? ns)
    {
        lock (_gate) return (Copy(ns), _revision);
    }

    public void Load(string key, StoredValue stored, long revision, long createRevision)
    {
        lock (_gate)
        {
            _objects[key] = new CachedObject(Registration.Layout, key, stored, revision, createRevision);
            _keys.Add(key);
            WatchMetrics.Held(Registration.Kind, 1, _objects[key].Document.Length);
            Tell(new CacheEvent(_objects[key], null, revision));
        }
    }

    public void Loaded(long revision)
    {
        lock (_gate)
        {
            _keys.Sort(StringComparer.Ordinal);
            _revision = revision;
            window.Reset(revision);
        }
    }

    public void Put(string key, StoredValue stored, long revision, long createRevision)
    {
        var now = new CachedObject(Registration.Layout, key, stored, revision, createRevision);
        lock (_gate)
        {
            if (!_objects.TryGetValue(key, out var before))
            {
                _keys.Insert(~_keys.BinarySearch(key, StringComparer.Ordinal), key);
            }

            _objects[key] = now;
            WatchMetrics.Held(Registration.Kind, before is null ? 1 : 0, now.Document.Length - (before?.Document.Length ?? 0));
            Publish(new CacheEvent(now, before, revision));
        }
    }

    public void Remove(string key, long revision)
    {
        lock (_gate)
        {
            if (!_objects.Remove(key, out var before)) return;
            _keys.RemoveAt(_keys.BinarySearch(key, StringComparer.Ordinal));
            WatchMetrics.Held(Registration.Kind, -1, -before.Document.Length);
            Publish(new CacheEvent(null, before.At(revision), revision));
        }
    }

    public void Reached(long revision)
    {
        lock (_gate)
        {
            _revision = Math.Max(_revision, revision);
            foreach (var watcher in _watchers) watcher.Reached(_revision);
        }
    }

    /// <summary>
    /// Begins a watch. With <paramref name="after"/> unset its first events are the present objects; else what changed since.
    /// </summary>
    /// <returns>Null when <paramref name="after"/> is older than the changes that are kept.</returns>
    public Watcher? Watch(string? ns, long? after)
    {
        lock (_gate)
        {
            IReadOnlyList<CacheEvent> first;
            if (after is not { } revision) first = [.. Copy(ns).Select(o => new CacheEvent(o, null, o.Revision))];
            else if (window.After(revision) is { } missed) first = missed;
            else return null;
            var watcher = new Watcher(this, ns, first, _revision, bounds);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    public (long Oldest, long Current) Range
    {
        get
        {
            lock (_gate) return (window.Oldest, _revision);
        }
    }

    public void Observe(ICacheObserver observer)
    {
        lock (_gate)
        {
            foreach (var present in Copy(null)) observer.Tell(new CacheEvent(present, null, present.Revision));
            _observers.Add(observer);
        }
    }

    public void Close(Watcher watcher)
    {
        lock (_gate) _watchers.Remove(watcher);
    }

    private void Publish(CacheEvent change)
    {
        window.Add(change);
        Tell(change);
        foreach (var watcher in _watchers) watcher.Offer(change);
    }

    private void Tell(CacheEvent change)
    {
        foreach (var observer in _observers) observer.Tell(change);
    }

    private CachedObject[] Copy(string? ns)
    {
        var (from, to) = (0, _keys.Count);
        if (ns is not null && Registration.Kind.Namespaced)
        {
            // The character after `/` bounds the namespace's keys from above.
            (from, to) = (Lower(ns + "/"), Lower(ns + "0"));
        }

        var found = new CachedObject[to - from];
        for (var i = from; i < to; i++) found[i - from] = _objects[_keys[i]];
        return found;
    }

    private int Lower(string key)
    {
        var index = _keys.BinarySearch(key, StringComparer.Ordinal);
        return index < 0 ? ~index : index;
    }
}

using System.Runtime.InteropServices;
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
    // In order of their keys: what a list shows is copied from here.
    private readonly List<CachedObject> _sorted = [];
    private readonly List<Watcher> _watchers = [];
    private readonly List<ICacheObserver> _observers = [];
    private long _revision;
    private long _changed;

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

    /// <summary>The first objects of a namespace, or of all, behind a key, and how many come after them.</summary>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="after">A key; empty for the beginning.</param>
    /// <param name="most">How many.</param>
    /// <param name="of">The revision that they must show; null for the one that is told. Null is returned when objects have changed since.</param>
    public (CachedObject[] Objects, int Left, long Revision)? Page(string? ns, string after, int most, long? of)
    {
        lock (_gate)
        {
            if (of is { } wanted && (wanted < _changed || wanted > _revision)) return null;
            var (from, to) = Bounds(ns);
            if (after.Length > 0) from = Math.Max(from, Lower(after) is var at && at < _sorted.Count && _sorted[at].Key == after ? at + 1 : at);
            var count = Math.Clamp(to - from, 0, most);
            return ([.. CollectionsMarshal.AsSpan(_sorted).Slice(from, count)], Math.Max(0, to - from - count), of ?? _revision);
        }
    }

    public void Load(string key, StoredValue stored, long revision, long createRevision)
    {
        lock (_gate)
        {
            var loaded = new CachedObject(Registration.Layout, key, stored, revision, createRevision);
            _objects[key] = loaded;
            _sorted.Add(loaded);
            WatchMetrics.Held(Registration.Kind, 1, loaded.Document.Length);
            Tell(new CacheEvent(loaded, null, revision));
        }
    }

    public void Loaded(long revision)
    {
        lock (_gate)
        {
            _sorted.Sort(static (one, other) => string.CompareOrdinal(one.Key, other.Key));
            (_revision, _changed) = (revision, revision);
            window.Reset(revision);
        }
    }

    public void Put(string key, StoredValue stored, long revision, long createRevision)
    {
        var now = new CachedObject(Registration.Layout, key, stored, revision, createRevision);
        lock (_gate)
        {
            var at = Lower(key);
            if (_objects.TryGetValue(key, out var before)) _sorted[at] = now;
            else _sorted.Insert(at, now);
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
            _sorted.RemoveAt(Lower(key));
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
        _changed = change.Revision;
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
        var (from, to) = Bounds(ns);
        return [.. CollectionsMarshal.AsSpan(_sorted)[from..to]];
    }

    // The character after `/` bounds the namespace's keys from above.
    private (int From, int To) Bounds(string? ns) => ns is not null && Registration.Kind.Namespaced ? (Lower(ns + "/"), Lower(ns + "0")) : (0, _sorted.Count);

    // Where the first object is whose key is not less.
    private int Lower(string key)
    {
        var (from, to) = (0, _sorted.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (string.CompareOrdinal(_sorted[middle].Key, key) < 0) from = middle + 1;
            else to = middle;
        }

        return from;
    }
}

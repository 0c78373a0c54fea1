using Rempart.Api.Meta;

namespace Rempart.Runtime.Informers;

/// <summary>Objects by key and by indexes. One writer (an informer's loop), many readers.</summary>
internal sealed class Cache<T> : ICache<T> where T : ApiObject
{
    private const string ByNamespace = "namespace";
    private const string ByOwner = "owner";

    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceKey, T> _objects = [];
    private readonly Dictionary<string, Index> _indexes = new(StringComparer.Ordinal);
    private Action<T?, T?>? _changed;

    public Cache()
    {
        AddIndex(ByNamespace, value => value.Metadata.Namespace is { } ns ? [ns] : []);
        AddIndex(ByOwner, value => value.Metadata.OwnerReferences?.Select(owner => owner.Uid) ?? []);
    }

    public void Subscribe(Action<T?, T?> changed)
    {
        lock (_lock) _changed += changed;
    }

    public T? Get(ResourceKey key)
    {
        lock (_lock) return _objects.GetValueOrDefault(key);
    }

    public IReadOnlyList<T> List(string? ns = null)
    {
        if (ns is not null) return ByIndex(ByNamespace, ns);
        lock (_lock) return [.. _objects.Values];
    }

    public IReadOnlyList<T> OwnedBy(string ownerUid) => ByIndex(ByOwner, ownerUid);

    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (_lock)
        {
            if (!_indexes.TryGetValue(index, out var found)) throw new ArgumentException($"there is no index `{index}`", nameof(index));
            return found.Keys.TryGetValue(value, out var keys) ? [.. keys.Select(key => _objects[key])] : [];
        }
    }

    public void AddIndex(string index, Func<T, IEnumerable<string>> values)
    {
        lock (_lock)
        {
            var added = new Index(values);
            if (!_indexes.TryAdd(index, added)) return;
            foreach (var (key, value) in _objects) added.Add(key, value);
        }
    }

    /// <summary>How many objects there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _objects.Count;
        }
    }

    /// <summary>Tells subscribers of every object as it is.</summary>
    public void TellAgain()
    {
        foreach (var value in List()) _changed?.Invoke(value, value);
    }

    /// <summary>Takes an object as it is now; one that is not newer than what is known changes nothing.</summary>
    public void Set(T value)
    {
        var key = ResourceKey.Of(value);
        T? old;
        lock (_lock)
        {
            old = _objects.GetValueOrDefault(key);
            if (old?.Metadata.ResourceVersion == value.Metadata.ResourceVersion && old is not null) return;
            Swap(key, old, value);
        }
        _changed?.Invoke(old, value);
    }

    public void Remove(ResourceKey key)
    {
        T? old;
        lock (_lock)
        {
            old = _objects.GetValueOrDefault(key);
            if (old is null) return;
            Swap(key, old, null);
        }
        _changed?.Invoke(old, null);
    }

    /// <summary>Takes a whole list: what it lacks is gone.</summary>
    public void Replace(IReadOnlyList<T> items)
    {
        var known = items.Select(ResourceKey.Of).ToHashSet();
        List<ResourceKey> gone;
        lock (_lock) gone = [.. _objects.Keys.Where(key => !known.Contains(key))];
        foreach (var key in gone) Remove(key);
        foreach (var item in items) Set(item);
    }

    private void Swap(ResourceKey key, T? old, T? now)
    {
        foreach (var index in _indexes.Values)
        {
            if (old is not null) index.Remove(key, old);
            if (now is not null) index.Add(key, now);
        }
        if (now is null) _objects.Remove(key);
        else _objects[key] = now;
    }

    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        public Dictionary<string, HashSet<ResourceKey>> Keys { get; } = new(StringComparer.Ordinal);

        public void Add(ResourceKey key, T value)
        {
            foreach (var entry in values(value))
            {
                if (!Keys.TryGetValue(entry, out var keys)) Keys[entry] = keys = [];
                keys.Add(key);
            }
        }

        public void Remove(ResourceKey key, T value)
        {
            foreach (var entry in values(value))
            {
                if (Keys.TryGetValue(entry, out var keys) && keys.Remove(key) && keys.Count == 0) Keys.Remove(entry);
            }
        }
    }
}

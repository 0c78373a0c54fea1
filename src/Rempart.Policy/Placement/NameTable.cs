using System.Collections.Concurrent;

namespace Rempart.Policy.Placement;

/// <summary>Gives names numbers, which they keep for as long as the model lives: snapshots and the model agree on them.</summary>
internal sealed class NameTable
{
    private readonly ConcurrentDictionary<string, int> _ids = new(StringComparer.Ordinal);
    private string[] _names = new string[16];
    private int _count;

    /// <summary>How many there are. Snapshots may be read while the model adds more.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The number of a name; -1 of one that was never given one.</summary>
    public int Find(string name) => _ids.TryGetValue(name, out var id) ? id : -1;

    public string NameOf(int id) => _names[id];

    /// <summary>The number of a name, a new one if need be.</summary>
    public int Add(string name)
    {
        if (_ids.TryGetValue(name, out var known)) return known;
        // Readers of older snapshots keep the array that they have.
        var id = _count;
        if (id == _names.Length) Array.Resize(ref _names, id * 2);
        _names[id] = name;
        _ids[name] = id;
        Volatile.Write(ref _count, id + 1);
        return id;
    }
}

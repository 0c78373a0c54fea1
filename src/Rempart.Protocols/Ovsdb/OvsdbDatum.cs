using System.Collections.Immutable;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>
/// The value of a column: a set of atoms (a scalar is a set of one, an absent optional the empty set) or a map. Kept sorted, so
/// that equality is the database's own (RFC 7047 section 5.1: a set of one and its atom are the same value).
/// </summary>
public sealed class OvsdbDatum : IEquatable<OvsdbDatum>
{
    /// <summary>The empty set.</summary>
    public static readonly OvsdbDatum Empty = new(false, []);

    /// <summary>The empty map.</summary>
    public static readonly OvsdbDatum EmptyMap = new(true, []);

    private readonly ImmutableArray<KeyValuePair<OvsdbAtom, OvsdbAtom>> _entries; // a set keeps its atoms as keys

    private OvsdbDatum(bool isMap, ImmutableArray<KeyValuePair<OvsdbAtom, OvsdbAtom>> entries)
    {
        IsMap = isMap;
        _entries = entries;
    }

    public bool IsMap { get; }

    public int Count => _entries.Length;

    /// <summary>The atoms of a set, or the keys of a map, sorted.</summary>
    public IEnumerable<OvsdbAtom> Atoms => _entries.Select(e => e.Key);

    /// <summary>The pairs of a map, sorted by key.</summary>
    public IEnumerable<KeyValuePair<OvsdbAtom, OvsdbAtom>> Pairs => _entries;

    /// <summary>The text of the only atom; null for an empty set.</summary>
    public string? Text => Count == 0 ? null : _entries[0].Key.Text;

    public static OvsdbDatum Of(OvsdbAtom atom) => new(false, [new(atom, default)]);

    public static OvsdbDatum Of(string value) => Of(OvsdbAtom.Of(value));

    public static OvsdbDatum Of(long value) => Of(OvsdbAtom.Of(value));

    public static OvsdbDatum Of(bool value) => Of(OvsdbAtom.Of(value));

    public static OvsdbDatum Set(IEnumerable<OvsdbAtom> atoms) =>
        new(false, [.. atoms.Distinct().Order().Select(a => new KeyValuePair<OvsdbAtom, OvsdbAtom>(a, default))]);

    public static OvsdbDatum Set(IEnumerable<string> values) => Set(values.Select(OvsdbAtom.Of));

    public static OvsdbDatum Map(IEnumerable<KeyValuePair<OvsdbAtom, OvsdbAtom>> pairs) => new(true, [.. pairs.OrderBy(p => p.Key)]);

    public static OvsdbDatum Map(IEnumerable<KeyValuePair<string, string>> pairs) =>
        Map(pairs.Select(p => new KeyValuePair<OvsdbAtom, OvsdbAtom>(OvsdbAtom.Of(p.Key), OvsdbAtom.Of(p.Value))));

    /// <summary>The value of <paramref name="key"/> in a map of strings; null when absent.</summary>
    public string? Find(string key)
    {
        foreach (var (k, v) in _entries)
        {
            if (k.Kind == OvsdbAtomKind.Text && k.Text == key) return IsMap ? v.Text : null;
        }
        return null;
    }

    public bool Contains(OvsdbAtom atom) => _entries.Any(e => e.Key == atom);

    public bool Equals(OvsdbDatum? other) => other is not null
        && (IsMap == other.IsMap || (Count == 0 && other.Count == 0)) && _entries.AsSpan().SequenceEqual(other._entries.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as OvsdbDatum);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var entry in _entries) hash.Add(entry);
        return hash.ToHashCode();
    }

    /// <summary>The JSON form of RFC 7047 section 5.1, for messages to people and golden files.</summary>
    public override string ToString() => OvsdbJson.Text(Write);

    internal static OvsdbDatum Parse(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 2 && json[1].ValueKind == JsonValueKind.Array)
        {
            if (json[0].ValueEquals("set")) return Set(json[1].EnumerateArray().Select(OvsdbAtom.Parse));
            if (json[0].ValueEquals("map")) return Map(json[1].EnumerateArray().Select(ParsePair));
        }
        return Of(OvsdbAtom.Parse(json));
    }

    /// <summary>
    /// Applies a difference as monitors of version 2 and later send it for columns that hold more than one element
    /// (ovsdb-server(7), "update2"): set elements toggle; a map pair equal to the present one removes it, any other replaces or adds.
    /// </summary>
    internal OvsdbDatum Apply(OvsdbDatum difference)
    {
        if (!IsMap && !difference.IsMap)
        {
            var atoms = Atoms.ToHashSet();
            atoms.SymmetricExceptWith(difference.Atoms);
            return Set(atoms);
        }
        var pairs = _entries.ToDictionary(p => p.Key, p => p.Value);
        foreach (var (key, value) in difference._entries)
        {
            if (pairs.TryGetValue(key, out var present) && present == value) pairs.Remove(key);
            else pairs[key] = value;
        }
        return Map(pairs);
    }

    internal void Write(Utf8JsonWriter json)
    {
        if (!IsMap && Count == 1)
        {
            _entries[0].Key.Write(json);
            return;
        }
        json.WriteStartArray();
        json.WriteStringValue(IsMap ? "map" : "set");
        json.WriteStartArray();
        foreach (var (key, value) in _entries)
        {
            if (IsMap) json.WriteStartArray();
            key.Write(json);
            if (!IsMap) continue;
            value.Write(json);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndArray();
    }

    private static KeyValuePair<OvsdbAtom, OvsdbAtom> ParsePair(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 2
            ? new(OvsdbAtom.Parse(json[0]), OvsdbAtom.Parse(json[1]))
            : throw new OvsdbProtocolException("a map's element is not a pair");
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Patch;

/// <summary>RFC 6901: a way to a value, such as <c>/spec/volumes/0</c>.</summary>
internal sealed class JsonPointer : IEquatable<JsonPointer>
{
    private const int MostSegments = 64;
    private readonly string[] _segments;

    private JsonPointer(string[] segments) => _segments = segments;

    /// <summary>The whole document.</summary>
    public static JsonPointer Root { get; } = new([]);

    /// <summary>Reads a pointer.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPointer? pointer)
    {
        pointer = Root;
        if (text.Length == 0) return true;
        pointer = null;
        var raw = text.Split('/');
        if (raw[0].Length > 0 || raw.Length - 1 > MostSegments || raw.Any(HasBadEscape)) return false;
        pointer = new JsonPointer([.. raw.Skip(1).Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]);
        return true;
    }

    /// <summary>The value.</summary>
    public JsonNode? Get(JsonNode? root)
    {
        foreach (var segment in _segments) root = Step(root, segment);
        return root;
    }

    /// <summary>Sets a member, or inserts into a list before an index or, with <c>-</c>, at its end.</summary>
    public JsonNode? Add(JsonNode? root, JsonNode? value, PatchBudget budget)
    {
        if (_segments.Length == 0) return value;
        switch (Parent(root))
        {
            case JsonObject parent: parent[_segments[^1]] = value; break;
            case JsonArray parent:
                var index = _segments[^1] == "-" ? parent.Count : Index(_segments[^1], parent.Count + 1);
                budget.Shift(parent.Count - index);
                parent.Insert(index, value);
                break;
            default: throw Missing();
        }

        return root;
    }

    /// <summary>Removes a value that must be there.</summary>
    public JsonNode? Remove(JsonNode? root, PatchBudget budget)
    {
        if (_segments.Length == 0) return null;
        switch (Parent(root))
        {
            case JsonObject parent when parent.Remove(_segments[^1]):
                budget.Shift(parent.Count);
                break;
            case JsonArray parent:
                var index = Index(_segments[^1], parent.Count);
                budget.Shift(parent.Count - index);
                parent.RemoveAt(index);
                break;
            default: throw Missing();
        }

        return root;
    }

    /// <summary>Puts another value in the place of one that must be there.</summary>
    public JsonNode? Replace(JsonNode? root, JsonNode? value)
    {
        if (_segments.Length == 0) return value;
        switch (Parent(root))
        {
            case JsonObject parent when parent.ContainsKey(_segments[^1]): parent[_segments[^1]] = value; break;
            case JsonArray parent: parent[Index(_segments[^1], parent.Count)] = value; break;
            default: throw Missing();
        }

        return root;
    }

    /// <summary>True when the other pointer leads to something inside of this one's value.</summary>
    public bool IsAbove(JsonPointer other) => other._segments.Length > _segments.Length && other._segments.AsSpan(0, _segments.Length).SequenceEqual(_segments);

    public bool Equals(JsonPointer? other) => other is not null && other._segments.AsSpan().SequenceEqual(_segments);

    public override bool Equals(object? obj) => Equals(obj as JsonPointer);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Concat(_segments.Select(s => "/" + s.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));

    private static bool HasBadEscape(string segment)
    {
        for (var i = segment.IndexOf('~', StringComparison.Ordinal); i >= 0; i = segment.IndexOf('~', i + 1))
        {
            if (i + 1 == segment.Length || segment[i + 1] is not ('0' or '1')) return true;
        }

        return false;
    }

    private JsonNode? Parent(JsonNode? root)
    {
        for (var i = 0; i < _segments.Length - 1; i++) root = Step(root, _segments[i]);
        return root;
    }

    private JsonNode? Step(JsonNode? node, string segment) => node switch
    {
        JsonObject parent when parent.TryGetPropertyValue(segment, out var value) => value,
        JsonArray parent => parent[Index(segment, parent.Count)],
        _ => throw Missing(),
    };

    /// <summary>Indexes have no sign and no leading zeros (RFC 6901 section 4).</summary>
    private int Index(string segment, int end) =>
        segment.Length is > 0 and < 10 && segment.All(char.IsAsciiDigit) && (segment.Length == 1 || segment[0] != '0')
        && int.Parse(segment, NumberStyles.None, CultureInfo.InvariantCulture) is var index && index < end ? index : throw Missing();

    private ApiException Missing() => JsonPatch.Rejected($"`{this}` does not exist in the document");
}

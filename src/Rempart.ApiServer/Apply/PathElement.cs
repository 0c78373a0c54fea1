using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// One step into a document, as FieldsV1 writes it (structured-merge-diff <c>fieldpath.PathElement</c>): <c>f:name</c>,
/// <c>k:{"key":value}</c>, <c>v:value</c>, <c>i:index</c>. Ordered by these four and then by what they hold.
/// </summary>
internal readonly struct PathElement : IEquatable<PathElement>
{
    private readonly string _text;
    private readonly KeyPart[] _parts;

    private PathElement(PathElementKind kind, string text, KeyPart[] parts) => (Kind, _text, _parts) = (kind, text, parts);

    /// <summary>The order of FieldsV1.</summary>
    public static IComparer<PathElement> InOrder { get; } = Comparer<PathElement>.Create((one, other) => one.Order(other));

    /// <summary>What tells the step.</summary>
    public PathElementKind Kind { get; }

    /// <summary>The field's name, of <see cref="PathElementKind.Field"/>.</summary>
    public string Name => _text;

    /// <summary>A member of an object or a map.</summary>
    public static PathElement Field(string name) => new(PathElementKind.Field, name, []);

    /// <summary>An item of a list with keys; the parts are in order of their names.</summary>
    public static PathElement Key(KeyPart[] parts) => new(PathElementKind.Key, $"{{{string.Join(',', parts.Select(p => $"{GoJson.Quoted(p.Name)}:{p.Value.Json}"))}}}", parts);

    /// <summary>An item of a set.</summary>
    public static PathElement Value(KeyScalar value) => new(PathElementKind.Value, value.Json, [new KeyPart("", value)]);

    /// <summary>Reads a step from FieldsV1.</summary>
    /// <returns>False when it is no step that this version knows; upstream leaves such out as well.</returns>
    /// <exception cref="FormatException">It begins as a step and isn't one.</exception>
    public static bool TryParse(string text, out PathElement element)
    {
        try
        {
            return Parse(text, out element);
        }
        catch (InvalidOperationException broken)
        {
            // Half of a surrogate pair, which no text can hold.
            throw new FormatException($"`{text}` is no path element", broken);
        }
    }

    private static bool Parse(string text, out PathElement element)
    {
        element = default;
        if (text.Length < 2 || text[1] != ':') throw new FormatException($"`{text}` is no path element");
        var rest = text[2..];
        switch (text[0])
        {
            case 'f': element = Field(rest); return true;
            case 'v': element = Value(KeyScalar.Of(Parsed(rest))); return true;
            case 'k':
                if (Parsed(rest) is not JsonObject { Count: > 0 } keys) throw new FormatException($"`{text}` names no keys");
                element = Key([.. keys.Select(k => new KeyPart(k.Key, KeyScalar.Of(k.Value))).OrderBy(k => k.Name, StringComparer.Ordinal)]);
                return true;
            case 'i':
                if (!int.TryParse(rest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) throw new FormatException($"`{text}` is no index");
                element = new PathElement(PathElementKind.Index, index.ToString(CultureInfo.InvariantCulture), [new KeyPart("", KeyScalar.Of(JsonValue.Create(index)))]);
                return true;
            default: return false;
        }
    }

    /// <summary>The step as a member name of FieldsV1.</summary>
    public string ToFieldsV1() => (Kind switch
    {
        PathElementKind.Field => "f:",
        PathElementKind.Key => "k:",
        PathElementKind.Value => "v:",
        _ => "i:",
    }) + _text;

    /// <summary>Less than 0 when this step comes first.</summary>
    public int Order(PathElement other)
    {
        if (Kind != other.Kind) return Kind.CompareTo(other.Kind);
        if (Kind == PathElementKind.Field) return string.CompareOrdinal(_text, other._text);
        for (var i = 0; i < _parts.Length && i < other._parts.Length; i++)
        {
            var difference = string.CompareOrdinal(_parts[i].Name, other._parts[i].Name);
            if (difference == 0) difference = _parts[i].Value.Order(other._parts[i].Value);
            if (difference != 0) return difference;
        }

        return _parts.Length.CompareTo(other._parts.Length);
    }

    public bool Equals(PathElement other) => Kind == other.Kind && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is PathElement other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Kind, _text.GetHashCode(StringComparison.Ordinal));

    /// <summary>The step as conflicts show it: <c>.name</c>, <c>[key="value"]</c>, <c>[="value"]</c>.</summary>
    public override string ToString() => Kind switch
    {
        PathElementKind.Field => "." + _text,
        PathElementKind.Key => $"[{string.Join(',', _parts.Select(p => $"{p.Name}={p.Value}"))}]",
        PathElementKind.Value => $"[={_parts[0].Value}]",
        _ => $"[{_text}]",
    };

    private static JsonNode? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException broken)
        {
            throw new FormatException($"`{json}` is not JSON", broken);
        }
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// A value that tells a list's item apart. Numbers come before texts, texts before truth values, these before everything else
/// (structured-merge-diff <c>value.Compare</c>).
/// </summary>
internal readonly struct KeyScalar
{
    private readonly JsonValueKind _kind;
    private readonly string _text;
    private readonly double _number;

    private KeyScalar(JsonValueKind kind, string text, double number) => (_kind, _text, _number) = (kind, text, number);

    /// <summary>The value as FieldsV1 writes it.</summary>
    public string Json => _kind == JsonValueKind.String ? GoJson.Quoted(_text) : _text;

    private int Rank => _kind switch
    {
        JsonValueKind.Number => 0,
        JsonValueKind.String => 1,
        JsonValueKind.True or JsonValueKind.False => 2,
        _ => 3,
    };

    /// <summary>The value of a node.</summary>
    public static KeyScalar Of(JsonNode? node)
    {
        var kind = node?.GetValueKind() ?? JsonValueKind.Null;
        var text = kind == JsonValueKind.String ? node!.GetValue<string>() : node?.ToJsonString() ?? "null";
        return new KeyScalar(kind, text, kind == JsonValueKind.Number && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0);
    }

    /// <summary>Less than 0 when this value comes first.</summary>
    public int Order(KeyScalar other)
    {
        if (Rank != other.Rank) return Rank.CompareTo(other.Rank);
        var difference = _number.CompareTo(other._number);
        return difference != 0 ? difference : string.CompareOrdinal(_text, other._text);
    }

    /// <summary>The value as conflicts show it.</summary>
    public override string ToString() => Json;
}

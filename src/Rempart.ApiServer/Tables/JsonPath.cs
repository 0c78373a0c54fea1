using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>The part of Kubernetes' JSONPath that columns use: <c>.a.b</c>, <c>.a[0]</c>, <c>.a[*].b</c>, <c>.a[?(@.type=="X")].b</c>.</summary>
internal sealed class JsonPath
{
    private const int MostValues = 256;
    private readonly IReadOnlyList<JsonPathStep> _steps;

    private JsonPath(IReadOnlyList<JsonPathStep> steps) => _steps = steps;

    /// <summary>Reads a path.</summary>
    /// <exception cref="FormatException">It uses more than this part.</exception>
    public static JsonPath Parse(string text) => new(JsonPathStep.ParseAll(text));

    /// <summary>All values that the path leads to, at most 256.</summary>
    public IReadOnlyList<JsonElement> Select(JsonElement root)
    {
        List<JsonElement> found = [root];
        foreach (var step in _steps) found = [.. found.SelectMany(step.Apply).Take(MostValues)];
        return found;
    }

    /// <summary>Text of a member some levels down; null when it is not there.</summary>
    public static string? Text(JsonElement root, params ReadOnlySpan<string> names) => Member(root, names) is { } found ? Show(found) : null;

    /// <summary>A member some levels down; null when it is not there.</summary>
    public static JsonElement? Member(JsonElement root, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out root)) return null;
        }

        return root;
    }

    /// <summary>Number of members of an object or a list some levels down.</summary>
    public static int Count(JsonElement root, params ReadOnlySpan<string> names) => Member(root, names) switch
    {
        { ValueKind: JsonValueKind.Object } members => members.GetPropertyCount(),
        { ValueKind: JsonValueKind.Array } items => items.GetArrayLength(),
        _ => 0,
    };

    /// <summary>Items of a list some levels down; none when it is not there.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement root, params ReadOnlySpan<string> names) =>
        Member(root, names) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>A value as text for people.</summary>
    public static string Show(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

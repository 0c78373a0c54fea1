using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rempart.ApiServer.Tables;

/// <summary>One step of a <see cref="JsonPath"/>.</summary>
internal abstract partial record JsonPathStep
{
    /// <summary>Values that the step leads to.</summary>
    public abstract IEnumerable<JsonElement> Apply(JsonElement value);

    /// <summary>All steps of a path.</summary>
    public static IReadOnlyList<JsonPathStep> ParseAll(string text)
    {
        var steps = new List<JsonPathStep>();
        var at = 0;
        while (at < text.Length)
        {
            var match = Step().Match(text, at);
            if (!match.Success || match.Index != at) throw new FormatException($"`{text}` is no path of a column: `{text[at..]}` can't be read");
            at += match.Length;
            if (match.Groups["name"].Success) steps.Add(new Named(match.Groups["name"].Value.Replace("\\.", ".", StringComparison.Ordinal)));
            else if (match.Groups["quoted"].Success) steps.Add(new Named(match.Groups["quoted"].Value));
            else if (match.Groups["index"].Success) steps.Add(new Indexed(int.Parse(match.Groups["index"].Value, CultureInfo.InvariantCulture)));
            else if (match.Groups["key"].Success) steps.Add(new Filtered(match.Groups["key"].Value, match.Groups["value"].Value));
            else steps.Add(new Every());
        }

        return steps;
    }

    [GeneratedRegex("""\.(?<name>(?:[^.\[\]\\]|\\.)+)|\['(?<quoted>[^']+)'\]|\[(?<index>[0-9]{1,6})\]|\[\*\]|\[\?\(@\.(?<key>\w+) ?== ?["'](?<value>[^"']*)["']\)\]""", RegexOptions.None, 1000)]
    private static partial Regex Step();

    private sealed record Named(string Name) : JsonPathStep
    {
        public override IEnumerable<JsonElement> Apply(JsonElement value) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(Name, out var found) ? [found] : [];
    }

    private sealed record Indexed(int Index) : JsonPathStep
    {
        public override IEnumerable<JsonElement> Apply(JsonElement value) => value.ValueKind == JsonValueKind.Array && Index < value.GetArrayLength() ? [value[Index]] : [];
    }

    private sealed record Every : JsonPathStep
    {
        public override IEnumerable<JsonElement> Apply(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Array => value.EnumerateArray(),
            JsonValueKind.Object => value.EnumerateObject().Select(member => member.Value),
            _ => [],
        };
    }

    private sealed record Filtered(string Key, string Value) : JsonPathStep
    {
        public override IEnumerable<JsonElement> Apply(JsonElement value) =>
            value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(item => JsonPath.Text(item, Key) == Value) : [];
    }
}

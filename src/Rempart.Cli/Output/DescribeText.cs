using System.Text;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Output;

/// <summary>An object as indented labels and values, in the manner of <c>kubectl describe</c>.</summary>
internal static class DescribeText
{
    private static readonly string[] HiddenMetadata = ["name", "namespace", "labels", "annotations", "managedFields", "selfLink"];

    /// <summary>The text; secret values are shown as their size.</summary>
    /// <param name="item">Object.</param>
    /// <param name="kind">Its kind.</param>
    public static string Format(JsonObject item, string kind)
    {
        var metadata = item["metadata"] as JsonObject ?? [];
        var text = new StringBuilder();
        Line(text, 0, "Name", metadata["name"]?.ToString() ?? "");
        if (metadata["namespace"]?.ToString() is { } ns) Line(text, 0, "Namespace", ns);
        Line(text, 0, "Kind", kind);
        Pairs(text, "Labels", metadata["labels"] as JsonObject, "");
        Pairs(text, "Annotations", metadata["annotations"] as JsonObject, "kubectl.kubernetes.io/last-applied-configuration");
        text.Append("Metadata:\n");
        foreach (var (key, value) in metadata.Where(p => !HiddenMetadata.Contains(p.Key))) Value(text, 1, Label(key), value);
        foreach (var (key, value) in item.Where(p => p.Key is not ("apiVersion" or "kind" or "metadata")))
            Value(text, 0, Label(key), kind == "Secret" && key == "data" ? Sizes(value as JsonObject) : value);
        return text.ToString();
    }

    private static void Pairs(StringBuilder text, string label, JsonObject? map, string hidden)
    {
        var pairs = map?.Where(p => p.Key != hidden).Select(p => $"{p.Key}={p.Value}").ToList() ?? [];
        Line(text, 0, label, pairs.Count == 0 ? "<none>" : string.Join(", ", pairs));
    }

    private static void Value(StringBuilder text, int depth, string label, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                text.Append(' ', depth * 2).Append(label).Append(":\n");
                foreach (var (key, child) in map) Value(text, depth + 1, Label(key), child);
                break;
            case JsonArray list when list.All(i => i is JsonValue):
                Line(text, depth, label, string.Join(", ", list.Select(i => i!.ToString())));
                break;
            case JsonArray list:
                text.Append(' ', depth * 2).Append(label).Append(":\n");
                foreach (var child in list) Item(text, depth + 1, child);
                break;
            case { } when value.ToString() is var scalar && scalar.Contains('\n', StringComparison.Ordinal):
                text.Append(' ', depth * 2).Append(label).Append(":\n");
                foreach (var line in scalar.TrimEnd('\n').Split('\n')) text.Append(' ', depth * 2 + 2).Append(ColumnText.Printable(line)).Append('\n');
                break;
            default:
                Line(text, depth, label, value?.ToString() ?? "");
                break;
        }
    }

    private static void Item(StringBuilder text, int depth, JsonNode? child)
    {
        if (child is not JsonObject map)
        {
            Value(text, depth, "-", child);
            return;
        }

        var first = true;
        foreach (var (key, value) in map)
        {
            var before = text.Length;
            Value(text, depth + 1, Label(key), value);
            if (first) text[before + (depth * 2)] = '-';
            first = false;
        }
    }

    private static JsonObject Sizes(JsonObject? data) =>
        new((data ?? []).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)$"{Convert.FromBase64String(p.Value?.ToString() ?? "").Length} bytes")));

    private static void Line(StringBuilder text, int depth, string label, string value) =>
        text.Append(' ', depth * 2).Append((label + ":").PadRight(Math.Max(label.Length + 2, 18 - (depth * 2)))).Append(ColumnText.Printable(value)).Append('\n');

    // nodeName → Node Name, as kubectl's generic describer does.
    private static string Label(string key)
    {
        if (key.Length == 0 || key.Any(c => !char.IsAsciiLetterOrDigit(c))) return key;
        var label = new StringBuilder().Append(char.ToUpperInvariant(key[0]));
        foreach (var c in key.AsSpan(1))
        {
            if (char.IsAsciiLetterUpper(c) && char.IsAsciiLetterLower(label[^1])) label.Append(' ');
            label.Append(c);
        }

        return label.ToString();
    }
}

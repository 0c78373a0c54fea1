using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Output;

/// <summary>A <c>meta.k8s.io/v1 Table</c> as the server sends it.</summary>
internal static class TableDocument
{
    /// <summary>Headers of the columns to show.</summary>
    /// <param name="table">The table.</param>
    /// <param name="wide">True for all columns.</param>
    public static IReadOnlyList<string> Headers(JsonObject table, bool wide) =>
        [.. Columns(table, wide).Select(c => c.Column["name"]!.ToString().ToUpperInvariant())];

    /// <summary>Cells of each row, for the columns to show.</summary>
    /// <param name="table">The table.</param>
    /// <param name="wide">True for all columns.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(JsonObject table, bool wide)
    {
        var columns = Columns(table, wide).Select(c => c.Index).ToList();
        return [.. (table["rows"] as JsonArray ?? []).OfType<JsonObject>().Select(row =>
            (IReadOnlyList<string>)[.. columns.Select(i => Text((row["cells"] as JsonArray)?.ElementAtOrDefault(i)))])];
    }

    /// <summary>Namespaces of the rows' objects.</summary>
    /// <param name="table">The table.</param>
    public static IReadOnlyList<string> Namespaces(JsonObject table) =>
        [.. (table["rows"] as JsonArray ?? []).OfType<JsonObject>().Select(row => row["object"]?["metadata"]?["namespace"]?.ToString() ?? "")];

    private static IEnumerable<(JsonObject Column, int Index)> Columns(JsonObject table, bool wide) =>
        (table["columnDefinitions"] as JsonArray ?? []).OfType<JsonObject>().Select((c, i) => (Column: c, Index: i))
            .Where(c => wide || (c.Column["priority"]?.GetValue<int>() ?? 0) == 0);

    private static string Text(JsonNode? cell) => cell switch
    {
        null => "<none>",
        JsonValue v when v.GetValueKind() is JsonValueKind.Number => v.GetValue<decimal>().ToString(CultureInfo.InvariantCulture),
        _ => cell.ToString() is { Length: > 0 } text ? text : "<none>",
    };
}

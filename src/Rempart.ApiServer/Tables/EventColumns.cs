using System.Globalization;
using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>Columns of events.</summary>
internal static class EventColumns
{
    /// <summary>Columns as kube-apiserver has them: when, what, about whom, in words.</summary>
    public static IReadOnlyList<TableColumn> All { get; } =
    [
        new("Last Seen", "string", (o, now) => TableColumns.Since(LastSeen(o), now)) { Description = "Time since it was last seen." },
        new("Type", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "type"))),
        new("Reason", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "reason"))),
        new("Object", "string", (o, _) => TableCell.Of(About(o))),
        new("Subobject", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "involvedObject", "fieldPath"))) { Priority = 1 },
        new("Source", "string", (o, _) => TableCell.Of(Source(o))) { Priority = 1 },
        new("Message", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "message")?.Trim())),
        new("First Seen", "string", (o, now) => TableColumns.Since(FirstSeen(o), now)) { Priority = 1 },
        new("Count", "string", (o, _) => TableCell.Of(Number(JsonPath.Text(o, "series", "count")) ?? Number(JsonPath.Text(o, "count")) ?? 1)) { Priority = 1 },
        TableColumns.Name with { Priority = 1 },
    ];

    private static string? FirstSeen(JsonElement e) => JsonPath.Text(e, "firstTimestamp") ?? JsonPath.Text(e, "eventTime");

    private static string? LastSeen(JsonElement e) => JsonPath.Text(e, "series", "lastObservedTime") ?? JsonPath.Text(e, "lastTimestamp") ?? FirstSeen(e);

    private static string About(JsonElement e)
    {
        var kind = JsonPath.Text(e, "involvedObject", "kind")?.ToLowerInvariant() ?? "";
        return JsonPath.Text(e, "involvedObject", "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string? Source(JsonElement e)
    {
        var component = JsonPath.Text(e, "source", "component") ?? JsonPath.Text(e, "reportingComponent");
        var host = JsonPath.Text(e, "source", "host");
        return host is { Length: > 0 } ? $"{component}, {host}" : component;
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}

using System.Globalization;
using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>Columns of events as kube-apiserver has them: when, what, about whom, in words. Both of its groups show the same under their own names of fields.</summary>
internal static class EventColumns
{
    /// <summary>Columns of core/v1.</summary>
    public static IReadOnlyList<TableColumn> Core { get; } = Of(new("involvedObject", "message", "reportingComponent", "source", "firstTimestamp", "lastTimestamp", "count"));

    /// <summary>Columns of events.k8s.io/v1.</summary>
    public static IReadOnlyList<TableColumn> Newer { get; } =
        Of(new("regarding", "note", "reportingController", "deprecatedSource", "deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount"));

    private static IReadOnlyList<TableColumn> Of(Names f) =>
    [
        new("Last Seen", "string", (o, now) => TableColumns.Since(LastSeen(o, f), now)) { Description = "Time since it was last seen." },
        new("Type", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "type"))),
        new("Reason", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "reason"))),
        new("Object", "string", (o, _) => TableCell.Of(About(o, f))),
        new("Subobject", "string", (o, _) => TableCell.Plain(JsonPath.Text(o, f.About, "fieldPath"))) { Priority = 1 },
        new("Source", "string", (o, _) => TableCell.Of(Source(o, f))) { Priority = 1 },
        new("Message", "string", (o, _) => TableCell.Of(JsonPath.Text(o, f.Message)?.Trim())),
        new("First Seen", "string", (o, now) => TableColumns.Since(FirstSeen(o, f), now)) { Priority = 1 },
        new("Count", "string", (o, _) => TableCell.Of(Number(JsonPath.Text(o, "series", "count")) ?? Number(JsonPath.Text(o, f.Count)) ?? 1)) { Priority = 1 },
        TableColumns.Name with { Priority = 1 },
    ];

    private static string? FirstSeen(JsonElement e, Names f) => JsonPath.Text(e, f.First) ?? JsonPath.Text(e, "eventTime");

    private static string? LastSeen(JsonElement e, Names f) => JsonPath.Text(e, "series", "lastObservedTime") ?? JsonPath.Text(e, f.Last) ?? FirstSeen(e, f);

    private static string About(JsonElement e, Names f)
    {
        var kind = JsonPath.Text(e, f.About, "kind")?.ToLowerInvariant() ?? "";
        return JsonPath.Text(e, f.About, "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string? Source(JsonElement e, Names f)
    {
        var component = JsonPath.Text(e, f.Source, "component") is { Length: > 0 } old ? old : JsonPath.Text(e, f.Reporter);
        var host = JsonPath.Text(e, f.Source, "host") is { Length: > 0 } name ? name : JsonPath.Text(e, "reportingInstance");
        return host is { Length: > 0 } ? $"{component}, {host}" : component;
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private sealed record Names(string About, string Message, string Reporter, string Source, string First, string Last, string Count);
}

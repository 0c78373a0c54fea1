using System.Globalization;
using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>Columns of pods.</summary>
internal static class PodColumns
{
    /// <summary>Columns as kube-apiserver has them.</summary>
    public static IReadOnlyList<TableColumn> All { get; } =
    [
        TableColumns.Name,
        new("Ready", "string", (o, _) => TableCell.Of(Ready(o))),
        new("Status", "string", (o, _) => TableCell.Of(Status(o))),
        new("Restarts", "integer", (o, _) => TableCell.Of(Containers(o).Sum(c => long.TryParse(JsonPath.Text(c, "restartCount"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0))),
        TableColumns.Age,
        new("IP", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "status", "podIP"))) { Priority = 1 },
        new("Node", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "spec", "nodeName"))) { Priority = 1 },
    ];

    private static IEnumerable<JsonElement> Containers(JsonElement pod) => JsonPath.Items(pod, "status", "containerStatuses");

    private static string Ready(JsonElement pod) => string.Create(CultureInfo.InvariantCulture,
        $"{Containers(pod).Count(c => JsonPath.Text(c, "ready") == "true")}/{JsonPath.Count(pod, "spec", "containers")}");

    private static string? Status(JsonElement pod)
    {
        if (JsonPath.Text(pod, "metadata", "deletionTimestamp") is not null) return "Terminating";
        var waiting = Containers(pod).Select(c => JsonPath.Text(c, "state", "waiting", "reason") ?? JsonPath.Text(c, "state", "terminated", "reason")).FirstOrDefault(r => r is not null);
        return waiting ?? JsonPath.Text(pod, "status", "reason") ?? JsonPath.Text(pod, "status", "phase");
    }
}

using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>Columns of resource quotas.</summary>
internal static class QuotaColumns
{
    /// <summary>Columns as kube-apiserver has them.</summary>
    public static IReadOnlyList<TableColumn> All { get; } =
    [
        TableColumns.Name,
        new("Request", "string", (o, _) => Pairs(o, limits: false)) { Description = "Request represents a minimum amount of cpu/memory that a container may consume." },
        new("Limit", "string", (o, _) => Pairs(o, limits: true)) { Description = "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node." },
        TableColumns.Age,
    ];

    private static TableCell Pairs(JsonElement quota, bool limits)
    {
        if (JsonPath.Member(quota, "status", "hard") is not { ValueKind: JsonValueKind.Object } hard) return TableCell.Empty;
        var pairs = string.Join(", ", hard.EnumerateObject().OrderBy(limit => limit.Name, StringComparer.Ordinal)
            .Where(limit => limit.Name.StartsWith("limits.", StringComparison.Ordinal) == limits)
            .Select(limit => $"{limit.Name}: {JsonPath.Text(quota, "status", "used", limit.Name) ?? "0"}/{JsonPath.Show(limit.Value)}"));
        return pairs.Length == 0 ? TableCell.Empty : TableCell.Of(pairs);
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.Cli.Output;

/// <summary>What <c>rempart status</c> tells of a cluster.</summary>
internal static class StatusReport
{
    /// <summary>Phases that are counted, the healthy ones first.</summary>
    public static IReadOnlyList<string> Phases { get; } = ["Running", "Stopped", "Pending", "Failed"];

    private static readonly string[] HostColumns = ["HOST", "STATE", "AGENT", "MACHINES", "CPUS", "MEMORY", "PLANES", "ACCELERATION"];

    /// <summary>For people.</summary>
    public static string Text(ClusterView view)
    {
        var attention = StatusAttention.Of(view);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"server     {view.Version["gitVersion"]}, {string.Join(", ", view.Servers.Select(server => $"{server.Server} {server.State}"))}\n");
        if (view.RunningServers.Select(server => server.Version.ToString()).Distinct(StringComparer.Ordinal).Count() > 1)
            text.Append(CultureInfo.InvariantCulture, $"versions   {string.Join(", ", view.RunningServers.Select(server => $"{server.Server} {server.Version}"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"leader     {view.Leading ?? (view.LeaderHidden ? "not to be seen with your rights" : "nobody runs the controllers")}\n");
        text.Append(CultureInfo.InvariantCulture, $"health     {(attention.Count == 0 ? "all well" : $"{attention.Count} to look at")}\n");
        text.Append(CultureInfo.InvariantCulture, $"templates  {view.Templates.Count} ({view.Templates.Count(template => Condition(template, "Approved") == "True")} approved)\n\n");
        text.Append(ColumnText.Format(HostColumns, [.. view.Nodes.Select(node => Host(node, view))]));
        if (view.Machines.Count > 0)
        {
            text.Append('\n').Append(ColumnText.Format(["PROJECT", "MACHINES", .. Phases.Select(phase => phase.ToUpperInvariant())], Projects(view.Machines)));
        }

        if (attention.Count > 0) text.Append('\n').Append(ColumnText.Format(["LOOK AT", "BECAUSE", "DO"], [.. attention.Select(row => (IReadOnlyList<string>)[row.What, row.Why, row.Do])]));
        return text.ToString();
    }

    /// <summary>For programs: the same, by name.</summary>
    public static JsonObject Json(ClusterView view) => new()
    {
        ["version"] = view.ServerVersion,
        ["servers"] = new JsonArray([.. view.Servers.Select(server => new JsonObject { ["server"] = server.Server, ["state"] = server.State })]),
        ["versions"] = new JsonArray([.. view.RunningServers.Select(server => new JsonObject { ["server"] = server.Server, ["version"] = server.Version.ToString() })]),
        ["leader"] = view.Leading,
        ["hosts"] = Table(HostColumns, view.Nodes.Select(node => Host(node, view))),
        ["projects"] = Table(["PROJECT", "MACHINES", .. Phases], Projects(view.Machines)),
        ["attention"] = new JsonArray([.. StatusAttention.Of(view).Select(row => new JsonObject { ["what"] = row.What, ["why"] = row.Why, ["do"] = row.Do })]),
    };

    /// <summary>A host's line.</summary>
    public static IReadOnlyList<string> Host(JsonObject node, ClusterView view)
    {
        var name = Name(node);
        var state = Condition(node, "Ready") switch { "True" => "Ready", "Unknown" => "Unknown", _ => "NotReady" };
        if (node["spec"]?["unschedulable"]?.GetValue<bool>() == true) state += ",SchedulingDisabled";
        var here = view.Machines.Where(machine => machine["status"]?["nodeName"]?.ToString() == name).ToList();
        var (cpus, memory) = (here.Sum(machine => Amount(machine["status"]?["resources"]?["cpus"])), here.Sum(machine => Amount(machine["status"]?["resources"]?["memory"])));
        var room = node["status"]?["allocatable"];
        var planes = (view.HostOf(node)?["status"]?["planes"] as JsonArray ?? []).OfType<JsonObject>().Select(plane => $"{plane["name"]}{(plane["ready"]?.GetValue<bool>() == true ? "" : "(down)")}").ToList();
        return
        [
            name, state, node["status"]?["nodeInfo"]?["kubeletVersion"]?.ToString() ?? "?",
            here.Count(machine => machine["status"]?["phase"]?.ToString() == "Running").ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{cpus:0.##}/{room?["cpu"]?.ToString() ?? "?"}"),
            $"{GiB(memory)}/{(room?["memory"] is { } all ? GiB(Amount(all)) : "?")} GiB",
            planes.Count == 0 ? "-" : string.Join(',', planes), Condition(node, "HardwareAcceleration") == "True" ? "KVM" : "none (TCG)",
        ];
    }

    /// <summary>A line for each project with machines.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Projects(IReadOnlyList<JsonObject> machines) =>
        [.. machines.GroupBy(machine => machine["metadata"]?["namespace"]?.ToString() ?? "").OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (IReadOnlyList<string>)
            [group.Key, group.Count().ToString(CultureInfo.InvariantCulture), .. Phases.Select(phase => group.Count(machine => (machine["status"]?["phase"]?.ToString() ?? "Pending") == phase).ToString(CultureInfo.InvariantCulture))])];

    /// <summary>Status of a condition, or null.</summary>
    public static string? Condition(JsonObject item, string type) => FindCondition(item, type)?["status"]?.ToString();

    /// <summary>A condition, or null.</summary>
    public static JsonObject? FindCondition(JsonObject item, string type) =>
        (item["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => condition["type"]?.ToString() == type);

    public static string Name(JsonObject item) => item["metadata"]?["name"]?.ToString() ?? "";

    private static JsonArray Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) =>
        new([.. rows.Select(row => new JsonObject(columns.Select((column, i) => KeyValuePair.Create(column.ToLowerInvariant(), (JsonNode?)row[i]))))]);

    private static decimal Amount(JsonNode? quantity) => Quantity.TryParse(quantity?.ToString(), out var value) ? value.Value : 0;

    private static string GiB(decimal bytes) => (bytes / (1L << 30)).ToString("0.#", CultureInfo.InvariantCulture);
}

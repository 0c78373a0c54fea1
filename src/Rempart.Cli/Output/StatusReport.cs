using System.Globalization;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Output;

/// <summary>What <c>rempart status</c> makes of hosts, machines and templates.</summary>
internal static class StatusReport
{
    /// <summary>Phases that are counted, the healthy ones first.</summary>
    public static IReadOnlyList<string> Phases { get; } = ["Running", "Stopped", "Pending", "Failed"];

    /// <summary>A host's line.</summary>
    /// <param name="node">Node.</param>
    /// <param name="machines">All machines.</param>
    public static IReadOnlyList<string> Host(JsonObject node, IReadOnlyList<JsonObject> machines)
    {
        var name = Name(node);
        var state = Condition(node, "Ready") == "True" ? "Ready" : "NotReady";
        if (node["spec"]?["unschedulable"]?.GetValue<bool>() == true) state += ",SchedulingDisabled";
        var capacity = node["status"]?["capacity"];
        return [name, state, machines.Count(m => m["status"]?["nodeName"]?.ToString() == name && m["status"]?["phase"]?.ToString() == "Running").ToString(CultureInfo.InvariantCulture),
            capacity?["cpu"]?.ToString() ?? "?", capacity?["memory"]?.ToString() ?? "?", Condition(node, "HardwareAcceleration") == "True" ? "KVM" : "none (TCG)"];
    }

    /// <summary>A line for each project with machines.</summary>
    /// <param name="machines">All machines.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Projects(IReadOnlyList<JsonObject> machines) =>
        [.. machines.GroupBy(m => m["metadata"]?["namespace"]?.ToString() ?? "").OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (IReadOnlyList<string>)
            [g.Key, g.Count().ToString(CultureInfo.InvariantCulture), .. Phases.Select(p => g.Count(m => (m["status"]?["phase"]?.ToString() ?? "Pending") == p).ToString(CultureInfo.InvariantCulture))])];

    /// <summary>What is not as wanted, each with a reason.</summary>
    /// <param name="nodes">All hosts.</param>
    /// <param name="machines">All machines.</param>
    /// <param name="templates">All templates.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Attention(IReadOnlyList<JsonObject> nodes, IReadOnlyList<JsonObject> machines, IReadOnlyList<JsonObject> templates) =>
    [
        .. nodes.Where(n => Condition(n, "Ready") != "True").Select(n => Line("node/" + Name(n), Message(n, "Ready") ?? "is not ready")),
        .. machines.Where(m => Wanted(m) != (m["status"]?["phase"]?.ToString() ?? "Pending")).Select(m => Line($"vm/{Name(m)} -n {m["metadata"]?["namespace"]}", Trouble(m))),
        .. templates.Where(t => Condition(t, "Approved") != "True").Select(t => Line("machinetemplate/" + Name(t), Message(t, "Approved") ?? "is not approved")),
    ];

    /// <summary>Status of a condition, or null.</summary>
    /// <param name="item">Object.</param>
    /// <param name="type">Condition's type.</param>
    public static string? Condition(JsonObject item, string type) => Find(item, type)?["status"]?.ToString();

    private static IReadOnlyList<string> Line(string what, string why) => [what, why];

    private static string Wanted(JsonObject machine) => machine["spec"]?["powerState"]?.ToString() ?? "Running";

    private static string Trouble(JsonObject machine)
    {
        var blocking = (machine["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(c => c["status"]?.ToString() == "False" && c["type"]?.ToString() != "GuestReady");
        return $"is {machine["status"]?["phase"]?.ToString() ?? "Pending"}, should be {Wanted(machine)}{(blocking?["message"] is { } m ? $": {m}" : "")}";
    }

    private static string? Message(JsonObject item, string type) => Find(item, type)?["message"]?.ToString();

    private static JsonObject? Find(JsonObject item, string type) =>
        (item["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(c => c["type"]?.ToString() == type);

    private static string Name(JsonObject item) => item["metadata"]?["name"]?.ToString() ?? "";
}

using Rempart.Api.Core;

namespace Rempart.Controllers.Nodes;

/// <summary>What is made of a node's signs of life, as kube's node lifecycle does: conditions and taints. Nothing is evicted for it.</summary>
internal static class NodeConditions
{
    private const string NotReady = "node.kubernetes.io/not-ready";
    private const string Unreachable = "node.kubernetes.io/unreachable";

    /// <summary>Conditions that are the agent's word while it lives, and nobody knows after.</summary>
    public static IReadOnlyList<string> OfAgent { get; } = ["Ready", "NetworkReady", "DiskPressure", "MemoryPressure"];

    /// <summary>Status of its condition <c>Ready</c>; null before the agent has said anything.</summary>
    public static string? Ready(Node node) => node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Status;

    /// <summary>The node as nobody knows it any more. What else is a condition of it, such as its acceleration, does not change with silence.</summary>
    public static Node Silent(Node node, DateTimeOffset lapse, DateTimeOffset now)
    {
        var conditions = node.Status?.Conditions ?? [];
        var known = conditions.Where(condition => OfAgent.Contains(condition.Type)).Select(condition => condition.Type).ToHashSet(StringComparer.Ordinal);
        var reason = known.Contains("Ready") ? "NodeStatusUnknown" : "NodeStatusNeverUpdated";
        known.Add("Ready");
        return node with
        {
            Status = (node.Status ?? new()) with
            {
                Conditions =
                [
                    .. conditions.Where(condition => !known.Contains(condition.Type)),
                    .. OfAgent.Where(known.Contains).Select(type => Unknown(conditions.FirstOrDefault(condition => condition.Type == type), type, reason, lapse, now)),
                ],
            },
        };
    }

    public static string Message(DateTimeOffset lapse) => $"the node's agent has given no sign of life; its lease lapsed at `{lapse.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}`";

    /// <summary>The taints as they should be; null when they are so.</summary>
    public static IReadOnlyList<Taint>? Taints(Node node, DateTimeOffset now)
    {
        var wanted = Ready(node) switch { "True" => null, "Unknown" => Unreachable, _ => NotReady };
        var all = node.Spec?.Taints ?? [];
        var mine = all.Where(taint => taint is { Key: NotReady or Unreachable, Effect: "NoSchedule" }).ToList();
        if (mine.Count == (wanted is null ? 0 : 1) && mine.TrueForAll(taint => taint.Key == wanted)) return null;
        return [.. all.Except(mine), .. wanted is null ? Array.Empty<Taint>() : [new Taint { Key = wanted, Effect = "NoSchedule", TimeAdded = now }]];
    }

    private static NodeCondition Unknown(NodeCondition? was, string type, string reason, DateTimeOffset lapse, DateTimeOffset now) => new()
    {
        Type = type, Status = "Unknown", Reason = reason, Message = Message(lapse), LastHeartbeatTime = was?.LastHeartbeatTime, LastTransitionTime = now,
    };
}

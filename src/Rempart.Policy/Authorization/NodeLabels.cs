namespace Rempart.Policy.Authorization;

/// <summary>Labels of Nodes that say what a host is and not where: its agent sets them, and nobody else needs to.</summary>
public static class NodeLabels
{
    /// <summary>Keys of labels that a node writes of itself. All others are an administrator's: machines choose hosts by them.</summary>
    public static IReadOnlyList<string> Own { get; } = ["kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os", "node.rempart.dev/cpu-model"];

    /// <summary>What each node says of itself when it is made.</summary>
    /// <param name="node">The node's name.</param>
    public static IReadOnlyDictionary<string, string> OfNew(string node) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["kubernetes.io/hostname"] = node,
        ["kubernetes.io/os"] = "linux",
        ["kubernetes.io/arch"] = "amd64",
    };
}

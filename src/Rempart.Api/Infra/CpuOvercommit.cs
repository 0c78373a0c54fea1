using System.Globalization;
using Rempart.Api.Core;

namespace Rempart.Api.Infra;

/// <summary>How many virtual processors a host gives out for each of its own. Its own annotation comes before its <see cref="HostCluster"/>.</summary>
public static class CpuOvercommit
{
    /// <summary>Annotation of a Node: a whole number of 1 to <see cref="Most"/>.</summary>
    public const string Annotation = "infra.rempart.dev/cpu-overcommit";

    /// <summary>Of a host that says nothing.</summary>
    public const int Default = 4;

    /// <summary>The most that may be said.</summary>
    public const int Most = 64;

    /// <summary>The number that an annotation says; null when it says none that may be.</summary>
    public static int? Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Most ? number : null;

    /// <summary>What holds for a host; its cluster's where its annotation says nothing that may be, or the default.</summary>
    /// <param name="node">The host.</param>
    /// <param name="cluster">What its cluster says.</param>
    public static int Of(Node node, HostOvercommit? cluster = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.Metadata.Annotations?.TryGetValue(Annotation, out var text) == true && Parse(text) is { } number ? number : cluster?.Cpu ?? Default;
    }
}

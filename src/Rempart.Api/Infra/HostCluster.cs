using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>What hosts have in common that carry the label <c>rempart.dev/cluster</c> with its name.</summary>
[ApiKind("infra.rempart.dev", "v1", "hostclusters", ClusterScoped = true, ShortNames = ["hc"])]
[PrinterColumn("CPU", ".spec.overcommit.cpu")]
[PrinterColumn("Memory", ".spec.overcommit.memoryPercent")]
public sealed record HostCluster : ApiObject
{
    /// <summary>Label of a Node: the name of its cluster.</summary>
    public const string Label = "rempart.dev/cluster";

    /// <summary>What holds for its hosts.</summary>
    public required HostClusterSpec Spec { get; init; }
}

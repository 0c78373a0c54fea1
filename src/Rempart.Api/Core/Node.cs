using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>A host that runs machines and containers.</summary>
[ApiKind("", "v1", "nodes", ClusterScoped = true, ShortNames = ["no"])]
[SelectableField("spec.unschedulable", Missing = "false")]
public sealed record Node : ApiObject
{
    /// <summary>What is wanted of the host.</summary>
    public NodeSpec? Spec { get; init; }

    /// <summary>What its agent observes.</summary>
    public NodeStatus? Status { get; init; }
}

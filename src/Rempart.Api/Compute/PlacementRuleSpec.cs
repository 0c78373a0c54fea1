using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Which machines, with respect to what, and how strictly.</summary>
public sealed record PlacementRuleSpec
{
    /// <summary><c>Affinity</c> (in one domain) or <c>Separation</c> (in different ones).</summary>
    [OneOf(Together, Apart)]
    public required string Type { get; init; }

    /// <summary><c>Required</c> (default): a machine waits rather than break it. <c>Preferred</c>: hosts that keep it are better by <see cref="Weight"/>.</summary>
    [OneOf(Hard, Soft)]
    public string? Enforcement { get; init; }

    /// <summary>How much a <c>Preferred</c> rule counts: 1 to 100, default 50. As much as a host that is empty counts against one that is full is 100.</summary>
    public int? Weight { get; init; }

    /// <summary>The machines of this project that the rule is for, by their labels. An empty selector means all.</summary>
    public required LabelSelector Machines { get; init; }

    /// <summary>The machines that they go together with or apart from; the same ones, each to each, when unset.</summary>
    public LabelSelector? Others { get; init; }

    /// <summary>The hosts that they go to (<c>Affinity</c>) or keep away from (<c>Separation</c>), by labels of nodes. Excludes <see cref="Others"/>, <see cref="TopologyKey"/> and <see cref="MaxPerDomain"/>.</summary>
    public LabelSelector? Hosts { get; init; }

    /// <summary>Label of nodes whose values are the domains: <c>kubernetes.io/hostname</c> (default: each host is one), <c>topology.kubernetes.io/zone</c>, <c>topology.rempart.dev/rack</c> or any other.</summary>
    public string? TopologyKey { get; init; }

    /// <summary>With <c>Required</c> <c>Separation</c> of machines from each other: how many of them a domain may have, 1 (default) to 1000.</summary>
    public int? MaxPerDomain { get; init; }

    /// <summary>Value of <see cref="Type"/>.</summary>
    public const string Together = "Affinity";

    /// <summary>Value of <see cref="Type"/>.</summary>
    public const string Apart = "Separation";

    /// <summary>Value of <see cref="Enforcement"/>.</summary>
    public const string Hard = "Required";

    /// <summary>Value of <see cref="Enforcement"/>.</summary>
    public const string Soft = "Preferred";

    /// <summary>The topology in which each host is a domain.</summary>
    public const string HostTopology = "kubernetes.io/hostname";
}

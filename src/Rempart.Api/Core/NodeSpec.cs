using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>What is wanted of a host.</summary>
public sealed record NodeSpec
{
    /// <summary>Address range of pods on the host.</summary>
    public string? PodCIDR { get; init; }

    /// <summary>Address ranges of pods on the host.</summary>
    [ListPatch]
    public IReadOnlyList<string>? PodCIDRs { get; init; }

    /// <summary>Provider's name of the host.</summary>
    public string? ProviderID { get; init; }

    /// <summary>True to place nothing new on the host.</summary>
    public bool? Unschedulable { get; init; }

    /// <summary>What workloads must tolerate to be placed here.</summary>
    public IReadOnlyList<Taint>? Taints { get; init; }

    /// <summary>Deprecated, kept as it is.</summary>
    public JsonElement? ConfigSource { get; init; }

    /// <summary>Deprecated, never set.</summary>
    public string? ExternalID { get; init; }

    /// <summary>How pods may be displaced on the host.</summary>
    public JsonElement? PodPreemptionPolicy { get; init; }
}

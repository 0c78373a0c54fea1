using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Limits of a project.</summary>
public sealed record ResourceQuotaSpec
{
    /// <summary>Most of each: <c>count/PLURAL.GROUP</c>, <c>configmaps</c>, <c>requests.cpu</c>, <c>requests.memory</c>, <c>requests.storage</c>, <c>network.rempart.dev/addresses</c>, …</summary>
    public IReadOnlyDictionary<string, Quantity>? Hard { get; init; }

    /// <summary>Counts only pods that match all of these: <c>Terminating</c>, <c>NotTerminating</c>, <c>BestEffort</c>, <c>NotBestEffort</c>, <c>PriorityClass</c>, <c>CrossNamespacePodAffinity</c>.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Scopes with values.</summary>
    public ScopeSelector? ScopeSelector { get; init; }
}

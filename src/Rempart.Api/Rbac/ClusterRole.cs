using Rempart.Api.Meta;

namespace Rempart.Api.Rbac;

/// <summary>A set of privileges for the whole cluster or for any project that binds it.</summary>
[ApiKind("rbac.authorization.k8s.io", "v1", "clusterroles", ClusterScoped = true)]
public sealed record ClusterRole : ApiObject
{
    /// <summary>What may be done; the rules add up.</summary>
    public IReadOnlyList<PolicyRule>? Rules { get; init; }

    /// <summary>Other roles whose rules make up this one.</summary>
    public AggregationRule? AggregationRule { get; init; }
}

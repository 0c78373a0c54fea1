using Rempart.Api.Meta;

namespace Rempart.Api.Rbac;

/// <summary>Selects the roles whose rules make up a role.</summary>
public sealed record AggregationRule
{
    /// <summary>Roles that match any of these are taken.</summary>
    public IReadOnlyList<LabelSelector>? ClusterRoleSelectors { get; init; }
}

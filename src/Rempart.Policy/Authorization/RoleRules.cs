using Rempart.Api.Meta;
using Rempart.Api.Rbac;

namespace Rempart.Policy.Authorization;

/// <summary>The rules that roles stand for, with those that they gather from others by label.</summary>
internal sealed class RoleRules
{
    private readonly Dictionary<string, ClusterRole> clusterRoles;
    private readonly Dictionary<(string Namespace, string Name), Role> roles;

    public RoleRules(IEnumerable<ClusterRole> clusterRoles, IEnumerable<Role> roles)
    {
        this.clusterRoles = clusterRoles.ToDictionary(role => role.Metadata.Name ?? "");
        this.roles = roles.ToDictionary(role => (role.Metadata.Namespace ?? "", role.Metadata.Name ?? ""));
    }

    /// <summary>Rules of a role; null when there is no such role.</summary>
    public IReadOnlyList<PolicyRule>? Of(RoleRef reference, string? ns) => reference.Kind switch
    {
        "ClusterRole" => clusterRoles.TryGetValue(reference.Name, out var role) ? Of(role) : null,
        "Role" when ns is not null => roles.TryGetValue((ns, reference.Name), out var role) ? role.Rules ?? [] : null,
        _ => null,
    };

    /// <summary>Rules of a cluster role as it is or would be. An aggregated role has those of the roles that it selects, which don't aggregate in turn, and none of its own.</summary>
    public IReadOnlyList<PolicyRule> Of(ClusterRole role)
    {
        if (role.AggregationRule is not { } aggregation) return role.Rules ?? [];
        var selectors = aggregation.ClusterRoleSelectors ?? [];
        return [.. clusterRoles.Values
            .Where(other => other.AggregationRule is null && selectors.Any(selector => Matches(selector, other.Metadata.Labels)))
            .OrderBy(other => other.Metadata.Name, StringComparer.Ordinal)
            .SelectMany(other => other.Rules ?? [])];
    }

    // A selector with an operator that is not known selects nothing: fewer rights, never more.
    private static bool Matches(LabelSelector selector, IReadOnlyDictionary<string, string>? labels)
    {
        labels ??= new Dictionary<string, string>(StringComparer.Ordinal);
        return (selector.MatchLabels ?? new Dictionary<string, string>(StringComparer.Ordinal)).All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value)
            && (selector.MatchExpressions ?? []).All(expression => expression.Operator switch
            {
                "In" => labels.TryGetValue(expression.Key, out var value) && (expression.Values ?? []).Contains(value),
                "NotIn" => !labels.TryGetValue(expression.Key, out var value) || !(expression.Values ?? []).Contains(value),
                "Exists" => labels.ContainsKey(expression.Key),
                "DoesNotExist" => !labels.ContainsKey(expression.Key),
                _ => false,
            });
    }
}

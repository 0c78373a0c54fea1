using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Rbac;

namespace Rempart.Policy.Authorization;

/// <summary>
/// Nobody gives away what they don't have: the check of writes to roles and bindings. As in Kubernetes, the verbs <c>escalate</c>
/// (roles) and <c>bind</c> (bindings) lift it, but never for <c>approve</c>: else a holder of <c>*</c> could make themselves an approver.
/// </summary>
public static class RoleEscalation
{
    private static readonly PolicyRule[] Everything =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceURLs = ["*"] },
    ];

    /// <summary>May the caller create this role, or change it to this?</summary>
    /// <param name="policy">Roles and bindings as they are.</param>
    /// <param name="caller">Who writes.</param>
    /// <param name="role">The role to be.</param>
    /// <param name="before">The role as it is, null when it is created.</param>
    public static AccessDecision Judge(RbacPolicy policy, Caller caller, Role role, Role? before)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(role);
        var rules = role.Rules ?? [];
        return before is not null && Same(rules, before.Rules ?? [])
            ? Unchanged
            : Judge(policy, caller, Request(caller, "escalate", "roles", role.Metadata.Namespace, role.Metadata.Name), rules);
    }

    /// <inheritdoc cref="Judge(RbacPolicy, Caller, Role, Role?)"/>
    public static AccessDecision Judge(RbacPolicy policy, Caller caller, ClusterRole role, ClusterRole? before)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(role);
        if (before is not null && Same(role.Rules ?? [], before.Rules ?? []) && !LendsApproval(role, before) && JsonSerializer.Serialize(role.AggregationRule, ApiJson.Strict) == JsonSerializer.Serialize(before.AggregationRule, ApiJson.Strict))
            return Unchanged;
        // What an aggregated role will gather later is not known, so who writes one must hold everything, and what it gathers today is checked besides.
        IReadOnlyList<PolicyRule> rules = role.AggregationRule is null ? role.Rules ?? [] : [.. Everything, .. policy.RulesOf(role), .. role.Rules ?? []];
        return Judge(policy, caller, Request(caller, "escalate", "clusterroles", null, role.Metadata.Name), rules);
    }

    /// <summary>May the caller give this role by a binding?</summary>
    /// <param name="policy">Roles and bindings as they are.</param>
    /// <param name="caller">Who writes.</param>
    /// <param name="roleRef">The role that the binding gives.</param>
    /// <param name="ns">Project of the binding; null for a cluster role binding.</param>
    public static AccessDecision JudgeBinding(RbacPolicy policy, Caller caller, RoleRef roleRef, string? ns)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(roleRef);
        // A binding to a role that does not exist would give whatever somebody later writes under that name.
        if (policy.RulesOf(roleRef, ns) is not { } rules) return new AccessDecision(false, $"role `{roleRef.Name}` of kind `{roleRef.Kind}` does not exist; create it first");
        var resource = roleRef.Kind == "Role" ? "roles" : "clusterroles";
        return Judge(policy, caller, Request(caller, "bind", resource, ns, roleRef.Name), rules);
    }

    // A label can put a role's rules into an aggregated role that is bound already. Nobody gives approvals away by one who does not hold them.
    private static bool LendsApproval(ClusterRole role, ClusterRole before) =>
        (role.Rules ?? []).Any(rule => rule.Verbs.Contains(RuleMatch.Approve))
        && JsonSerializer.Serialize(role.Metadata.Labels, ApiJson.Strict) != JsonSerializer.Serialize(before.Metadata.Labels, ApiJson.Strict);

    private static AccessDecision Unchanged { get; } = new(true, "the rules stay as they are");

    private static AccessDecision Judge(RbacPolicy policy, Caller caller, AccessRequest lifting, IReadOnlyList<PolicyRule> rules)
    {
        var own = policy.RulesOf(caller, lifting.Namespace);
        var lifted = policy.Decide(lifting).Allowed;
        var asked = lifted ? rules.Where(rule => rule.Verbs.Contains(RuleMatch.Approve)).Select(rule => rule with { Verbs = [RuleMatch.Approve] }) : rules;
        var missing = RuleCoverage.Missing(own, asked);
        return missing is null
            ? new AccessDecision(true, lifted ? $"`{lifting.Verb}` on {AccessText.Of(lifting)}" : "the caller holds all of it")
            : new AccessDecision(false, $"user `{caller.Name}` can't grant what they don't hold: {missing}");
    }

    private static AccessRequest Request(Caller caller, string verb, string resource, string? ns, string? name) =>
        new() { Caller = caller, Verb = verb, Group = "rbac.authorization.k8s.io", Resource = resource, Namespace = ns, Name = name };

    private static bool Same(IReadOnlyList<PolicyRule> left, IReadOnlyList<PolicyRule> right) =>
        left.Count == right.Count && left.Zip(right).All(pair => JsonSerializer.Serialize(pair.First, ApiJson.Strict) == JsonSerializer.Serialize(pair.Second, ApiJson.Strict));
}

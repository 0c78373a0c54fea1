using System.Collections.Frozen;
using Rempart.Api.Rbac;

namespace Rempart.Policy.Authorization;

/// <summary>
/// All roles and bindings at one moment, ready to decide. Grants add up and nothing takes away (Kubernetes RBAC); stricter than
/// there in one point: <c>*</c> is not <c>approve</c>, and who acts as somebody else can't approve.
/// </summary>
public sealed class RbacPolicy
{
    private const string Group = "rbac.authorization.k8s.io";
    private readonly FrozenDictionary<string, RoleGrant[]> grants;
    private readonly RoleRules rules;

    private RbacPolicy(FrozenDictionary<string, RoleGrant[]> grants, RoleRules rules)
    {
        this.grants = grants;
        this.rules = rules;
    }

    /// <summary>Resolves roles and sorts what bindings give by who gets it. A binding to a role that does not exist gives nothing.</summary>
    public static RbacPolicy Compile(
        IEnumerable<ClusterRole> clusterRoles, IEnumerable<Role> roles, IEnumerable<ClusterRoleBinding> clusterRoleBindings, IEnumerable<RoleBinding> roleBindings)
    {
        var resolved = new RoleRules(clusterRoles, roles);
        var given = clusterRoleBindings
            .Select(b => (b.Subjects, Grant: Grant(resolved, b.RoleRef, null, $"cluster role binding `{b.Metadata.Name}`")))
            .Concat(roleBindings.Select(b => (b.Subjects, Grant: Grant(resolved, b.RoleRef, b.Metadata.Namespace ?? "", $"role binding `{b.Metadata.Namespace}/{b.Metadata.Name}`"))))
            .Where(pair => pair.Grant is not null)
            .SelectMany(pair => (pair.Subjects ?? []).Select(Key).OfType<string>().Distinct().Select(key => (key, grant: pair.Grant!)))
            .GroupBy(pair => pair.key, pair => pair.grant)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());
        return new RbacPolicy(given, resolved);
    }

    /// <summary>Decides a request. The reason names the binding and the role that decided, or says what is missing.</summary>
    /// <param name="request">Who wants what.</param>
    public AccessDecision Decide(AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Verb == RuleMatch.Approve && request.Caller.ImpersonatedBy is { } actor)
            return new AccessDecision(false, $"user `{actor}` acts as `{request.Caller.Name}`, and approvals are given in one's own name only");
        var ns = NamespaceOf(request);
        request = Named(request);
        var grant = GrantsOf(request.Caller, ns).FirstOrDefault(g => (g.Namespace is null || request.Resource is not null) && g.Rules.Any(rule => RuleMatch.Allows(rule, request)));
        return grant is null ? new AccessDecision(false, Refusal(request)) : new AccessDecision(true, grant.Source);
    }

    /// <summary>All rules that hold for a caller in a project and, with it, in the whole cluster.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="ns">Project, or null for what holds everywhere.</param>
    public IReadOnlyList<PolicyRule> RulesOf(Caller caller, string? ns)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return [.. GrantsOf(caller, ns).SelectMany(grant => grant.Rules)];
    }

    /// <summary>Rules of a role that a binding names; null when there is no such role.</summary>
    /// <param name="reference">The role.</param>
    /// <param name="ns">Project of the binding; null for a cluster role binding.</param>
    internal IReadOnlyList<PolicyRule>? RulesOf(RoleRef reference, string? ns) => rules.Of(reference, ns);

    /// <summary>Rules that a cluster role would have if it were stored.</summary>
    internal IReadOnlyList<PolicyRule> RulesOf(ClusterRole role) => rules.Of(role);

    private IEnumerable<RoleGrant> GrantsOf(Caller caller, string? ns) => caller.Groups.Select(GroupKey).Prepend(UserKey(caller.Name))
        .SelectMany(key => grants.TryGetValue(key, out var found) ? found : [])
        .Where(grant => grant.Namespace is null || grant.Namespace == ns);

    private static RoleGrant? Grant(RoleRules resolved, RoleRef reference, string? ns, string binding) =>
        reference.ApiGroup == Group && resolved.Of(reference, ns) is { } found ? new RoleGrant(ns, $"{binding} to {Word(reference.Kind)} `{reference.Name}`", found) : null;

    // As in kube-apiserver: a collection narrowed to one name is that one object, so that who may watch one can (`kubectl get NAME -w`, `kubectl wait`).
    private static AccessRequest Named(AccessRequest request) =>
        request is { Verb: "list" or "watch", Name: null, Subresource: null } && FieldTerm.ValueOf(request.FieldSelector, "metadata.name") is { } name ? request with { Name = name } : request;

    // As in kube-apiserver: a request on one namespace object is a request inside it, so that a project's people can read their own.
    private static string? NamespaceOf(AccessRequest request) =>
        request.Namespace ?? (request is { Group: "", Resource: "namespaces" } ? request.Name : null);

    private static string? Key(Subject subject) => subject.Kind switch
    {
        "User" when subject.ApiGroup is null or "" or Group => UserKey(subject.Name),
        "Group" when subject.ApiGroup is null or "" or Group => GroupKey(subject.Name),
        "ServiceAccount" when subject.ApiGroup is null or "" && subject.Namespace is { Length: > 0 } ns => UserKey($"system:serviceaccount:{ns}:{subject.Name}"),
        _ => null,
    };

    private static string UserKey(string name) => $"u:{name}";

    private static string GroupKey(string name) => $"g:{name}";

    private static string Word(string kind) => kind == "Role" ? "role" : "cluster role";

    private static string Refusal(AccessRequest request) =>
        request.Resource is null
            ? $"no role of user `{request.Caller.Name}` allows `{request.Verb}` on path `{request.Path}`"
            : $"no role of user `{request.Caller.Name}` allows `{request.Verb}` on {AccessText.Of(request)}";
}

using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.Policy.Authorization;

namespace Rempart.Policy.Tests.Authorization;

/// <summary>Short words for roles, bindings and requests.</summary>
internal static class Rbac
{
    public const string Group = "rbac.authorization.k8s.io";
    public const string Compute = "compute.rempart.dev";

    public static PolicyRule Rule(string verbs, string group, string resources, params string[] names) =>
        new() { Verbs = verbs.Split(','), ApiGroups = [group], Resources = resources.Split(','), ResourceNames = names.Length == 0 ? null : names };

    public static ClusterRole ClusterRole(string name, params PolicyRule[] rules) => new() { Metadata = new ObjectMeta { Name = name }, Rules = rules };

    public static Role Role(string ns, string name, params PolicyRule[] rules) => new() { Metadata = new ObjectMeta { Name = name, Namespace = ns }, Rules = rules };

    public static ClusterRoleBinding Bind(string name, string role, params Subject[] subjects) =>
        new() { Metadata = new ObjectMeta { Name = name }, RoleRef = Ref("ClusterRole", role), Subjects = subjects };

    public static RoleBinding BindIn(string ns, string name, string kind, string role, params Subject[] subjects) =>
        new() { Metadata = new ObjectMeta { Name = name, Namespace = ns }, RoleRef = Ref(kind, role), Subjects = subjects };

    public static RoleRef Ref(string kind, string name) => new() { ApiGroup = Group, Kind = kind, Name = name };

    public static Subject User(string name) => new() { Kind = "User", ApiGroup = Group, Name = name };

    public static Subject GroupOf(string name) => new() { Kind = "Group", ApiGroup = Group, Name = name };

    public static Caller Caller(string name, params string[] groups) => new() { Name = name, Groups = [.. groups, "system:authenticated"], Method = "certificate" };

    public static AccessRequest Request(Caller caller, string verb, string group, string resource, string? ns = null, string? name = null, string? subresource = null, string? fields = null) =>
        new() { Caller = caller, Verb = verb, Group = group, Resource = resource, Namespace = ns, Name = name, Subresource = subresource, FieldSelector = fields };

    public static AccessRequest Path(Caller caller, string path, string verb = "get") => new() { Caller = caller, Verb = verb, Path = path };
}

using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>Which form the names of a kind have.</summary>
internal static class NameRules
{
    /// <summary>The rule that a name breaks; null when it is right.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="name">Its name.</param>
    public static string? Broken(KindInfo kind, string name) => (kind.Group, kind.Plural) switch
    {
        // A namespace is part of DNS names, and so is a machine: its name is its host name.
        ("", "namespaces") or ("compute.rempart.dev", "virtualmachines") => Names.LabelRule(name),
        // Roles are named as people speak, `system:masters`, in Kubernetes too.
        ("rbac.authorization.k8s.io", _) => name.Length > 253 ? "must be no more than 253 characters" : Names.PathSegmentRule(name),
        _ => Names.SubdomainRule(name),
    };

    /// <summary>The rule that a prefix of generated names breaks: what follows it is alphanumeric, so it may end in a dash.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="prefix">The object's <c>generateName</c>.</param>
    public static string? BrokenPrefix(KindInfo kind, string prefix) => Broken(kind, prefix.Length > 1 && prefix[^1] == '-' ? prefix[..^1] + "a" : prefix);
}

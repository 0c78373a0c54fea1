using Rempart.Api.Meta;

namespace Rempart.Api.Rbac;

/// <summary>Gives a role to people and programs in the whole cluster.</summary>
[ApiKind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", ClusterScoped = true)]
[PrinterColumn("Role", ".roleRef.name")]
public sealed record ClusterRoleBinding : ApiObject
{
    /// <summary>Who gets it.</summary>
    public IReadOnlyList<Subject>? Subjects { get; init; }

    /// <summary>The role. Can't be changed.</summary>
    public required RoleRef RoleRef { get; init; }
}

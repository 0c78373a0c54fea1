using Rempart.Api.Meta;

namespace Rempart.Api.Rbac;

/// <summary>Names a role.</summary>
[Atomic]
public sealed record RoleRef
{
    /// <summary><c>rbac.authorization.k8s.io</c>.</summary>
    public required string ApiGroup { get; init; }

    /// <summary><c>Role</c> or <c>ClusterRole</c>.</summary>
    [OneOf("Role", "ClusterRole")]
    public required string Kind { get; init; }

    /// <summary>Name of the role.</summary>
    public required string Name { get; init; }
}

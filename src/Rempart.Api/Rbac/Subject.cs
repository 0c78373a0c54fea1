using Rempart.Api.Meta;

namespace Rempart.Api.Rbac;

/// <summary>A user, a group or a service account.</summary>
[Atomic]
public sealed record Subject
{
    /// <summary><c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</summary>
    [OneOf("User", "Group", "ServiceAccount")]
    public required string Kind { get; init; }

    /// <summary><c>rbac.authorization.k8s.io</c> for users and groups, empty for service accounts.</summary>
    public string? ApiGroup { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Namespace of a service account.</summary>
    public string? Namespace { get; init; }
}

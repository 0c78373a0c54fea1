using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Rbac;

/// <summary>Rules of ClusterRoles.</summary>
internal sealed class ClusterRoleKindRules : TypedKindRules<ClusterRole>
{
    protected override void Validate(ClusterRole document, ClusterRole? old, FieldErrors errors) => RoleRules.Check(errors, document.Rules, namespaced: false);
}

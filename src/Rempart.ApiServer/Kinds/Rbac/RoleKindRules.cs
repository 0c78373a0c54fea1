using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Rbac;

/// <summary>Rules of Roles.</summary>
internal sealed class RoleKindRules : TypedKindRules<Role>
{
    protected override void Validate(Role document, Role? old, FieldErrors errors) => RoleRules.Check(errors, document.Rules, namespaced: true);
}

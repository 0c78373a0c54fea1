using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Rbac;

/// <summary>Rules of ClusterRoleBindings.</summary>
internal sealed class ClusterRoleBindingRules : TypedKindRules<ClusterRoleBinding>
{
    public override void Default(JsonObject document) => BindingRules.Default(document);

    protected override void Validate(ClusterRoleBinding document, ClusterRoleBinding? old, FieldErrors errors) =>
        BindingRules.Check(errors, document.Subjects, document.RoleRef, old?.RoleRef, namespaced: false);
}

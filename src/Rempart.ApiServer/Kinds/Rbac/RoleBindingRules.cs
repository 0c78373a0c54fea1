using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Rbac;

/// <summary>Rules of RoleBindings.</summary>
internal sealed class RoleBindingRules : TypedKindRules<RoleBinding>
{
    public override void Default(JsonObject document) => BindingRules.Default(document);

    protected override void Validate(RoleBinding document, RoleBinding? old, FieldErrors errors) =>
        BindingRules.Check(errors, document.Subjects, document.RoleRef, old?.RoleRef, namespaced: true);
}

using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Rbac;

/// <summary>What both kinds of bindings share.</summary>
internal static class BindingRules
{
    private const string Group = "rbac.authorization.k8s.io";
    private const int MostSubjects = 1024;

    public static void Default(JsonObject document)
    {
        if (document["roleRef"] is JsonObject role && role.Text("apiGroup") is null or "") document.Child("roleRef")["apiGroup"] = Group;
        foreach (var subject in (document["subjects"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (subject.Text("apiGroup") is null && subject.Text("kind") is "User" or "Group") subject["apiGroup"] = Group;
        }
    }

    public static void Check(FieldErrors errors, IReadOnlyList<Subject>? subjects, RoleRef role, RoleRef? before, bool namespaced)
    {
        if (role.ApiGroup != Group) errors.NotSupported("roleRef.apiGroup", role.ApiGroup, Group);
        if (namespaced) errors.OneOf("roleRef.kind", role.Kind, "Role", "ClusterRole");
        else errors.OneOf("roleRef.kind", role.Kind, "ClusterRole");
        if (role.Name.Length == 0) errors.Required("roleRef.name");
        if (before is not null && before != role) errors.Invalid("roleRef", $"{role.Kind}/{role.Name}", "cannot change roleRef");
        var all = errors.AtMost("subjects", subjects, MostSubjects);
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Name.Length == 0) errors.Required($"subjects[{i}].name");
            errors.OneOf($"subjects[{i}].kind", all[i].Kind, "User", "Group", "ServiceAccount");
            if (all[i].Kind == "ServiceAccount")
            {
                if (all[i].ApiGroup is { Length: > 0 } group) errors.NotSupported($"subjects[{i}].apiGroup", group, "");
                if (!namespaced && string.IsNullOrEmpty(all[i].Namespace)) errors.Required($"subjects[{i}].namespace");
            }
            else if (all[i].ApiGroup != Group)
            {
                errors.NotSupported($"subjects[{i}].apiGroup", all[i].ApiGroup, Group);
            }
        }
    }
}

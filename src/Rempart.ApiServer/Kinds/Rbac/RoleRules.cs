using Rempart.Api.Meta;
using Rempart.Api.Rbac;

namespace Rempart.ApiServer.Kinds.Rbac;

/// <summary>Rules of policy rules (Kubernetes' ValidatePolicyRule).</summary>
internal static class RoleRules
{
    private const int MostRules = 1024;

    public static void Check(FieldErrors errors, IReadOnlyList<PolicyRule>? rules, bool namespaced)
    {
        var all = errors.AtMost("rules", rules, MostRules);
        for (var i = 0; i < all.Count; i++)
        {
            var rule = all[i];
            if (rule.Verbs.Count == 0) errors.Required($"rules[{i}].verbs", "verbs must contain at least one value");
            if (rule.NonResourceURLs is { Count: > 0 })
            {
                if (namespaced) errors.Invalid($"rules[{i}].nonResourceURLs", string.Join(',', rule.NonResourceURLs), "namespaced rules cannot apply to non-resource URLs");
                if (rule.Resources is { Count: > 0 } || rule.ApiGroups is { Count: > 0 }) errors.Invalid($"rules[{i}].nonResourceURLs", string.Join(',', rule.NonResourceURLs), "rules cannot apply to both regular resources and non-resource URLs");
                continue;
            }

            if (rule.ApiGroups is not { Count: > 0 }) errors.Required($"rules[{i}].apiGroups", "resource rules must supply at least one api group");
            if (rule.Resources is not { Count: > 0 }) errors.Required($"rules[{i}].resources", "resource rules must supply at least one resource");
        }
    }
}

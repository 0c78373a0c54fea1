using System.Text.Json.Nodes;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Quotas;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of ResourceQuotas, as kube-apiserver has them (<c>ValidateResourceQuotaSpec</c>). Scopes are all about pods.</summary>
internal sealed class ResourceQuotaRules : TypedKindRules<ResourceQuota>
{
    private const int MostLimits = 128;
    private const string WrongScope = "unsupported scope applied to resource";

    private static readonly string[] PlainScopes = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "CrossNamespacePodAffinity"];
    private static readonly string[] Scopes = [.. PlainScopes, "PriorityClass"];
    private static readonly string[] Operators = ["In", "NotIn", "Exists", "DoesNotExist"];

    public override void PrepareForCreate(JsonObject document, WriteCall call) => Warn(document, call);

    public override void PrepareForUpdate(JsonObject document, JsonObject old, WriteCall call) => Warn(document, call);

    protected override void Validate(ResourceQuota document, ResourceQuota? old, FieldErrors errors)
    {
        var hard = document.Spec?.Hard ?? new Dictionary<string, Quantity>();
        if (hard.Count > MostLimits) errors.TooMany("spec.hard", hard.Count, MostLimits);
        foreach (var (name, limit) in hard)
        {
            var field = $"spec.hard[{name}]";
            if (Names.QualifiedNameRule(name) is { } rule) errors.Invalid(field, name, rule);
            else if (!name.Contains('/') && !QuotaNames.IsStandard(name)) errors.Invalid(field, name, "must be a standard resource for quotas");
            if (limit.Value < 0) errors.Invalid(field, limit.ToString(), "must be greater than or equal to 0");
            else if (QuotaNames.IsWhole(name) && !decimal.IsInteger(limit.Value)) errors.Invalid(field, limit.ToString(), "must be an integer");
        }

        var scopes = document.Spec?.Scopes ?? [];
        foreach (var scope in scopes.Take(Scopes.Length * 2)) Scope(errors, "spec.scopes", scope, hard.Keys);
        if (scopes.Contains("BestEffort") && scopes.Contains("NotBestEffort")) errors.Invalid("spec.scopes", string.Join(",", scopes), "conflicting scopes");
        if (scopes.Contains("Terminating") && scopes.Contains("NotTerminating")) errors.Invalid("spec.scopes", string.Join(",", scopes), "conflicting scopes");
        Selector(errors, document.Spec?.ScopeSelector?.MatchExpressions ?? [], hard.Keys);
        if (old is not null && !(old.Spec?.Scopes ?? []).Order(StringComparer.Ordinal).SequenceEqual(scopes.Order(StringComparer.Ordinal))) errors.Invalid("spec.scopes", string.Join(",", scopes), "field is immutable");
    }

    private static void Selector(FieldErrors errors, IReadOnlyList<ScopedResourceSelectorRequirement> requirements, IEnumerable<string> hard)
    {
        const string Field = "spec.scopeSelector.matchExpressions";
        foreach (var requirement in errors.AtMost(Field, requirements, Scopes.Length * 2))
        {
            Scope(errors, $"{Field}.scopeName", requirement.ScopeName, hard);
            if (!Operators.Contains(requirement.Operator)) errors.Invalid($"{Field}.operator", requirement.Operator, "not a valid selector operator");
            else if (PlainScopes.Contains(requirement.ScopeName) && requirement.Operator != "Exists")
                errors.Invalid($"{Field}.operator", requirement.Operator, $"must be 'Exist' when scope is any of {string.Join(", ", PlainScopes)}");
            var hasValues = requirement.Values is { Count: > 0 };
            if (requirement.Operator is "In" or "NotIn" && !hasValues) errors.Required($"{Field}.values", "must be atleast one value when `operator` is 'In' or 'NotIn' for scope selector");
            if (requirement.Operator is "Exists" or "DoesNotExist" && hasValues) errors.Invalid($"{Field}.values", string.Join(",", requirement.Values!), "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
        }
    }

    private static void Scope(FieldErrors errors, string field, string scope, IEnumerable<string> hard)
    {
        if (!Scopes.Contains(scope)) errors.Invalid(field, scope, "unsupported scope");
        else if (hard.FirstOrDefault(name => name != "count/pods" && !QuotaNames.IsOfPods(name, scope)) is { } wrong) errors.Invalid(field, scope, $"{WrongScope}: scopes choose pods, and `{wrong}` is nothing that pods of this scope take");
    }

    // Kubernetes takes any name with a prefix, and counts nothing for it.
    private static void Warn(JsonObject document, WriteCall call)
    {
        foreach (var name in (document["spec"]?["hard"] as JsonObject ?? []).Select(limit => limit.Key).Where(name => name.Contains('/')).Take(MostLimits))
        {
            if (!ObjectUsage.Counts(name)) call.Warnings.Add($"spec.hard[{name}]: nothing that this server has is counted under this name");
        }
    }
}

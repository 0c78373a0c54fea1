using Rempart.Api.Rbac;

namespace Rempart.Policy.Authorization;

/// <summary>Whether a set of rules holds all that others would give. Rules are taken apart into single rights, each of which one own rule must hold.</summary>
internal static class RuleCoverage
{
    /// <summary>Most single rights that a rule may stand for: more would make the check itself a burden.</summary>
    private const int MaxRights = 20_000;

    /// <summary>The first right of <paramref name="asked"/> that <paramref name="own"/> lacks, in words; null when there is none.</summary>
    public static string? Missing(IReadOnlyList<PolicyRule> own, IEnumerable<PolicyRule> asked)
    {
        var rights = 0L;
        foreach (var rule in asked)
        {
            rights += Count(rule.Verbs) * (long)Math.Max(1, (rule.NonResourceURLs?.Count ?? 0) + (Count(rule.ApiGroups) * (long)Count(rule.Resources) * Math.Max(1, Count(rule.ResourceNames))));
            if (rights > MaxRights) return $"the rules stand for more than {MaxRights} single rights; split the role";
            if (MissingOf(own, rule) is { } missing) return missing;
        }

        return null;
    }

    private static string? MissingOf(IReadOnlyList<PolicyRule> own, PolicyRule rule)
    {
        foreach (var verb in rule.Verbs)
        {
            foreach (var url in rule.NonResourceURLs ?? [])
            {
                if (!own.Any(o => RuleMatch.Verb(o, verb) && (o.NonResourceURLs ?? []).Any(granted => RuleMatch.Url(granted, url)))) return $"`{verb}` on path `{url}`";
            }

            foreach (var (group, resource) in (rule.ApiGroups ?? []).SelectMany(group => (rule.Resources ?? []).Select(resource => (group, resource))))
            {
                string?[] names = rule.ResourceNames is { Count: > 0 } given ? [.. given] : [null];
                foreach (var name in names)
                {
                    if (!own.Any(o => Holds(o, verb, group, resource, name))) return $"`{verb}` on `{resource}` of API group `{group}`{(name is null ? "" : $" named `{name}`")}";
                }
            }
        }

        return null;
    }

    private static bool Holds(PolicyRule own, string verb, string group, string resource, string? name) =>
        RuleMatch.Verb(own, verb)
        && (own.ApiGroups ?? []).Any(granted => granted == "*" || granted == group)
        && (own.Resources ?? []).Any(granted => RuleMatch.Resource(granted, resource))
        && (own.ResourceNames is not { Count: > 0 } names || (name is not null && names.Contains(name)));

    private static int Count(IReadOnlyList<string>? list) => list?.Count ?? 0;
}

using Rempart.Api.Rbac;

namespace Rempart.Policy.Authorization;

/// <summary>Whether a rule speaks of a request, as in Kubernetes, but for the verb <c>approve</c>.</summary>
internal static class RuleMatch
{
    /// <summary>The verb that no wildcard stands for: to approve is a duty of its own, and holding everything else does not bring it.</summary>
    public const string Approve = "approve";

    private const string All = "*";

    public static bool Allows(PolicyRule rule, AccessRequest request)
    {
        if (!Verb(rule, request.Verb)) return false;
        if (request.Resource is null) return request.Path is not null && (rule.NonResourceURLs ?? []).Any(url => Url(url, request.Path));
        var resource = request.Subresource is null ? request.Resource : $"{request.Resource}/{request.Subresource}";
        return (rule.ApiGroups ?? []).Any(group => group == All || group == request.Group)
            && (rule.Resources ?? []).Any(r => Resource(r, resource))
            && Name(rule, request.Name);
    }

    public static bool Verb(PolicyRule rule, string verb) => rule.Verbs.Contains(verb) || (verb != Approve && rule.Verbs.Contains(All));

    /// <param name="granted">Of a rule: <c>*</c>, <c>pods</c>, <c>pods/log</c> or <c>*/scale</c>.</param>
    /// <param name="asked">Of a request, or of another rule.</param>
    public static bool Resource(string granted, string asked)
    {
        if (granted == All || granted == asked) return true;
        var slash = asked.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 && granted.StartsWith("*/", StringComparison.Ordinal) && granted.AsSpan(2).SequenceEqual(asked.AsSpan(slash + 1));
    }

    public static bool Url(string granted, string asked) =>
        granted == asked || (granted.EndsWith('*') && asked.StartsWith(granted[..^1], StringComparison.Ordinal));

    private static bool Name(PolicyRule rule, string? name) =>
        rule.ResourceNames is not { Count: > 0 } names || (name is not null && names.Contains(name));
}

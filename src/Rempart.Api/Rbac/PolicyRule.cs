namespace Rempart.Api.Rbac;

/// <summary>Verbs on resources or on paths.</summary>
public sealed record PolicyRule
{
    /// <summary>Verbs, or <c>*</c> for all but <c>approve</c>.</summary>
    public required IReadOnlyList<string> Verbs { get; init; }

    /// <summary>API groups; the empty name is the core group, <c>*</c> stands for all.</summary>
    public IReadOnlyList<string>? ApiGroups { get; init; }

    /// <summary>Resources, with <c>/subresource</c> where meant; <c>*</c> stands for all.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>Names; none means all.</summary>
    public IReadOnlyList<string>? ResourceNames { get; init; }

    /// <summary>Paths outside resources such as <c>/version</c>, with <c>*</c> at the end where meant.</summary>
    public IReadOnlyList<string>? NonResourceURLs { get; init; }
}

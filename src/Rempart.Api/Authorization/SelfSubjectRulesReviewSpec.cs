namespace Rempart.Api.Authorization;

/// <summary>Which namespace is asked about.</summary>
public sealed record SelfSubjectRulesReviewSpec
{
    /// <summary>The namespace.</summary>
    public string? Namespace { get; init; }
}

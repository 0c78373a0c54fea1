namespace Rempart.Api.Authorization;

/// <summary>What a caller may do in a namespace.</summary>
public sealed record SubjectRulesReviewStatus
{
    /// <summary>Rules on resources.</summary>
    public IReadOnlyList<ResourceRule> ResourceRules { get; init; } = [];

    /// <summary>Rules on paths.</summary>
    public IReadOnlyList<NonResourceRule> NonResourceRules { get; init; } = [];

    /// <summary>True when the list may lack something.</summary>
    public bool Incomplete { get; init; }

    /// <summary>What went wrong while listing.</summary>
    public string? EvaluationError { get; init; }
}

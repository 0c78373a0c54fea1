namespace Rempart.Api.Authorization;

/// <summary>The answer to an access review.</summary>
public sealed record SubjectAccessReviewStatus
{
    /// <summary>True when it is allowed.</summary>
    public required bool Allowed { get; init; }

    /// <summary>True when it is explicitly denied.</summary>
    public bool? Denied { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>What went wrong while deciding; the answer is "no" then.</summary>
    public string? EvaluationError { get; init; }
}

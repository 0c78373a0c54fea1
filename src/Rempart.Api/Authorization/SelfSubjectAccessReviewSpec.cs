namespace Rempart.Api.Authorization;

/// <summary>What the caller wants to do.</summary>
public sealed record SelfSubjectAccessReviewSpec
{
    /// <summary>On a resource.</summary>
    public ResourceAttributes? ResourceAttributes { get; init; }

    /// <summary>On a path outside resources.</summary>
    public NonResourceAttributes? NonResourceAttributes { get; init; }
}

namespace Rempart.Api.Authentication;

/// <summary>Who the caller is.</summary>
public sealed record SelfSubjectReviewStatus
{
    /// <summary>The caller.</summary>
    public UserInfo? UserInfo { get; init; }
}

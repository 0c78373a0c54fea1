namespace Rempart.Api.Authentication;

/// <summary>Whose a token is.</summary>
public sealed record TokenReviewStatus
{
    /// <summary>Whether the token counts.</summary>
    public bool? Authenticated { get; init; }

    /// <summary>Whose it is.</summary>
    public UserInfo? User { get; init; }

    /// <summary>Those of the audiences asked for that the token is for.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>Why it does not count.</summary>
    public string? Error { get; init; }
}

namespace Rempart.Api.Authentication;

/// <summary>A token that somebody showed.</summary>
public sealed record TokenReviewSpec
{
    /// <summary>The token as it was shown.</summary>
    public string? Token { get; init; }

    /// <summary>Names under which the asking program is known; the token must be for one of them. This cluster's API when empty.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }
}

namespace Rempart.Api.Authentication;

/// <summary>What a token is to be like.</summary>
public sealed record TokenRequestSpec
{
    /// <summary>Who may take the token for good: a server refuses tokens that do not name it. This cluster's API when empty.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>How long the token is wanted for, in seconds: 3600 unless said, at least 600, shortened to 86400.</summary>
    public long? ExpirationSeconds { get; init; }

    /// <summary>The token ends with this object too.</summary>
    public BoundObjectReference? BoundObjectRef { get; init; }
}

namespace Rempart.Api.Authentication;

/// <summary>A token that was made.</summary>
public sealed record TokenRequestStatus
{
    /// <summary>The token, a JWT (RFC 7519) signed with ES256. Told this once.</summary>
    public string? Token { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpirationTimestamp { get; init; }
}

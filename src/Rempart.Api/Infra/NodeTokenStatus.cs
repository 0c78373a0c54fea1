namespace Rempart.Api.Infra;

/// <summary>What became of a token.</summary>
public sealed record NodeTokenStatus
{
    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Node that joined with it.</summary>
    public string? Node { get; init; }

    /// <summary>Digest of the public key that the node showed. The same key may ask again, no other.</summary>
    public string? Key { get; init; }

    /// <summary>When the node joined.</summary>
    public DateTimeOffset? UsedAt { get; init; }
}

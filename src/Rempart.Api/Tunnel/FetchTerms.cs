namespace Rempart.Api.Tunnel;

/// <summary>Of a fetch: what the cluster allows beyond the public Internet.</summary>
public sealed record FetchTerms
{
    /// <summary>Ranges that may be connected to although they are guarded.</summary>
    public IReadOnlyList<string> AllowedRanges { get; init; } = [];

    /// <summary>The only certificates that count, PEM; null for the host's own.</summary>
    public string? Authorities { get; init; }
}

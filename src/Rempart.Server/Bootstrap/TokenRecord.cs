namespace Rempart.Server.Bootstrap;

/// <summary>A bootstrap token between <c>init</c>, which has no store, and the server's start.</summary>
internal sealed record TokenRecord
{
    /// <summary>The token's id.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the token.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The node that it serves, null for any.</summary>
    public string? Node { get; init; }

    /// <summary>True once it is in the store: what becomes of it there counts from then on.</summary>
    public bool Imported { get; init; }
}

namespace Rempart.Api.Infra;

/// <summary>Which token, and what for.</summary>
public sealed record NodeTokenSpec
{
    /// <summary>Name of the node that may join with it: a DNS subdomain.</summary>
    public string? Node { get; init; }

    /// <summary>SHA-256 of the token's text, 32 bytes.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>How long it may be used after its creation, in seconds: 60 to 86,400, an hour when not said.</summary>
    public int? ExpirationSeconds { get; init; }

    /// <summary>Labels that the Node has from its first moment, such as its zone and rack; one that joins again keeps its others. 64 at most.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

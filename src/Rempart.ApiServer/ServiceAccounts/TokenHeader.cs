namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>How a token is signed. Other members are refused: what they ask for would be passed over.</summary>
internal sealed record TokenHeader
{
    /// <summary>Always <c>ES256</c>.</summary>
    public required string Alg { get; init; }

    /// <summary>Id of the key.</summary>
    public required string Kid { get; init; }
}

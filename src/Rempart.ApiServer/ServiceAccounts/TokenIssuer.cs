using Rempart.Api.Core;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>Makes tokens of service accounts. They live in nobody's store: what ends them is in them, and is looked at with each use.</summary>
/// <param name="keys">The signing key.</param>
/// <param name="issuer">Who makes them: the address under which this cluster's API is known.</param>
internal sealed class TokenIssuer(ServiceAccountKeys keys, string issuer)
{
    /// <summary>Life of a token when none is asked for, as in kube-apiserver.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Shortest life that may be asked for, as in kube-apiserver.</summary>
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Longest life; more is shortened. It bounds how long a stolen token, or one of a key that is replaced, is good.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    /// <summary>The audience of tokens for this cluster's own API.</summary>
    public string Audience => issuer;

    /// <summary>Makes a token.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="audiences">For whom.</param>
    /// <param name="lifetime">How long.</param>
    /// <param name="bound">What it ends with besides the account.</param>
    /// <param name="now">The time.</param>
    public (string Token, TokenClaims Claims) Issue(ServiceAccount account, IReadOnlyList<string> audiences, TimeSpan lifetime, BoundObject? bound, DateTimeOffset now)
    {
        var metadata = account.Metadata;
        var seconds = now.ToUnixTimeSeconds();
        var claims = new TokenClaims
        {
            Iss = issuer,
            Sub = ServiceAccountUser.Name(metadata.Namespace!, metadata.Name!),
            Aud = audiences,
            Exp = seconds + (long)lifetime.TotalSeconds,
            Iat = seconds,
            Nbf = seconds,
            Jti = Guid.NewGuid().ToString(),
            Objects = new TokenObjects
            {
                Namespace = metadata.Namespace!,
                ServiceAccount = new TokenObject(metadata.Name!, metadata.Uid!),
                Secret = bound is { Kind: "Secret" } ? bound.Object : null,
                Pod = bound is { Kind: "Pod" } ? bound.Object : null,
                Node = bound is { Kind: "Node" } ? bound.Object : null,
            },
        };
        return (CompactToken.Write(claims, keys), claims);
    }
}

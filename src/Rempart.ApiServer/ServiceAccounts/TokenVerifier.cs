using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>
/// Says whether a token counts now: signed by us, for one of the audiences, in its time, and its account and bound objects still there
/// under the uids that it names. A refusal is looked at again once everything committed has been told, so that an account that was made a
/// moment ago counts.
/// </summary>
/// <param name="keys">The cluster's keys.</param>
/// <param name="issuer">Who makes tokens.</param>
/// <param name="reader">Reads accounts and bound objects.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenVerifier(ServiceAccountKeys keys, string issuer, IObjectReader reader, TimeProvider time)
{
    // As in kube-apiserver: what is being deleted may finish its work.
    private static readonly TimeSpan DeletionGrace = TimeSpan.FromSeconds(60);

    // As in kube-apiserver (go-jose's leeway), but not for the end: a server whose clock is a little behind takes what another has just made.
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    private readonly KnownTokens _known = new();

    /// <summary>The audience of tokens for this cluster's own API.</summary>
    public string Audience => issuer;

    /// <summary>Whether this very token was found good before: its signature need not be checked again.</summary>
    public bool Knows(string token) => _known.Find(token) is not null;

    /// <summary>Checks a token.</summary>
    /// <param name="token">The text.</param>
    /// <param name="audiences">For whom it must be, at least one of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it says, and those of <paramref name="audiences"/> that it is for.</returns>
    /// <exception cref="TokenRefusedException">It does not count.</exception>
    public async ValueTask<(TokenClaims Claims, IReadOnlyList<string> Audiences)> VerifyAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        var known = _known.Find(token);
        var claims = known ?? CompactToken.Read(token, keys);
        var now = time.GetUtcNow();
        if (claims.Iss != issuer) throw new TokenRefusedException("it was made by another cluster");
        if (now.ToUnixTimeSeconds() >= claims.Exp) throw Refuse(token, "service account token has expired");
        if ((now + Leeway).ToUnixTimeSeconds() < Math.Max(claims.Nbf, claims.Iat)) throw new TokenRefusedException("service account token is not valid yet");
        string[] common = [.. audiences.Intersect(claims.Aud, StringComparer.Ordinal)];
        if (common.Length == 0) throw new TokenRefusedException($"token audiences {Listed(claims.Aud)} is invalid for the target audiences {Listed(audiences)}");
        if (Problem(claims.Objects, now) is not null)
        {
            await reader.CatchUpAsync(cancellationToken);
            if (Problem(claims.Objects, now) is { } problem) throw Refuse(token, problem);
        }

        if (known is null) _known.Add(token, claims, now);
        return (claims, common);
    }

    private TokenRefusedException Refuse(string token, string why)
    {
        _known.Forget(token);
        return new TokenRefusedException(why);
    }

    private string? Problem(TokenObjects objects, DateTimeOffset now) =>
        Problem<ServiceAccount>(objects.Namespace, objects.ServiceAccount, now)
        ?? (objects.Secret is { } secret ? Problem<Secret>(objects.Namespace, secret, now) : null)
        ?? (objects.Pod is { } pod ? Problem<Pod>(objects.Namespace, pod, now) : null)
        ?? (objects.Node is { } node ? Problem<Node>(null, node, now) : null);

    private string? Problem<T>(string? ns, TokenObject wanted, DateTimeOffset now) where T : ApiObject
    {
        var kind = KindInfo.Of<T>();
        if (reader.Find<T>(ns, wanted.Name)?.Metadata is not { } found) return $"{kind.Singular} `{wanted.Name}` of the token is gone";
        if (found.Uid != wanted.Uid) return $"{kind.Singular} `{wanted.Name}` of the token is gone: the present one is another of its name";
        return found.DeletionTimestamp is { } deleted && deleted + DeletionGrace < now ? $"{kind.Singular} `{wanted.Name}` of the token is being deleted" : null;
    }

    private static string Listed(IEnumerable<string> audiences) => $"[{string.Join(' ', audiences.Select(a => $"\"{a}\""))}]";
}

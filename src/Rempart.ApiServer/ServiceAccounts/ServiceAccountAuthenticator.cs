using Microsoft.AspNetCore.Http;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary><c>Authorization: Bearer</c> with a token of a service account for this cluster's API. Credentials of another form are others' to judge.</summary>
public sealed class ServiceAccountAuthenticator : IRequestAuthenticator, IRemembersCredentials
{
    private const string Scheme = "Bearer ";

    private readonly TokenVerifier _verifier;

    /// <summary>Checks tokens.</summary>
    /// <param name="keys">The cluster's keys.</param>
    /// <param name="issuer">The address under which the cluster's API is known.</param>
    /// <param name="reader">Reads accounts and what tokens are bound to.</param>
    /// <param name="time">The clock.</param>
    public ServiceAccountAuthenticator(ServiceAccountKeys keys, string issuer, IObjectReader reader, TimeProvider time) => _verifier = new TokenVerifier(keys, issuer, reader, time);

    /// <inheritdoc/>
    public bool Remembers(HttpContext context) => Token(context) is { } token && _verifier.Knows(token);

    /// <inheritdoc/>
    public async ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (Token(context) is not { } token) return null;
        try
        {
            return ServiceAccountUser.Of((await _verifier.VerifyAsync(token, [_verifier.Audience], cancellationToken)).Claims);
        }
        catch (TokenRefusedException refused)
        {
            throw Credentials.Refused($"the token does not count: {refused.Message}");
        }
    }

    private static string? Token(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CompactToken.LooksLike(header[Scheme.Length..])
            ? header[Scheme.Length..] : null;
    }
}

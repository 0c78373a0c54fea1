using Microsoft.AspNetCore.Http;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary><c>Authorization: Bearer id.secret</c>. Any other value of the header is a wrong credential, and so is one next to a certificate.</summary>
/// <param name="tokens">The cluster's tokens.</param>
public sealed class BootstrapTokenAuthenticator(BootstrapTokens tokens) : IRequestAuthenticator
{
    private const string Scheme = "Bearer ";

    /// <inheritdoc/>
    public async ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var headers = context.Request.Headers.Authorization;
        if (headers.Count == 0) return null;
        if (headers.Count > 1 || headers[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || BootstrapToken.Parse(header[Scheme.Length..]) is not { } token)
            throw Credentials.Refused("the Authorization header holds no bootstrap token");
        if (!await tokens.IsValidAsync(token, cancellationToken)) throw Credentials.Refused("the bootstrap token is unknown or has ended");
        return new Caller
        {
            Name = $"system:bootstrap:{token.Id}",
            Groups = ["system:bootstrappers", Credentials.Authenticated],
            Method = BootstrapAccess.Method,
            Credential = token.Id,
        };
    }
}

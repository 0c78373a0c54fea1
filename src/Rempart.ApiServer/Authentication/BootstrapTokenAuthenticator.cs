using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Rempart.Api.Infra;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary><c>Authorization: Bearer id.secret</c>. Any other value of the header is a wrong credential.</summary>
/// <param name="reader">Reads the NodeTokens that hold the tokens' hashes.</param>
/// <param name="time">The clock.</param>
public sealed class BootstrapTokenAuthenticator(IObjectReader reader, TimeProvider time) : IRequestAuthenticator
{
    private const string Scheme = "Bearer ";
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    /// <inheritdoc/>
    public async ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var headers = context.Request.Headers.Authorization;
        if (headers.Count == 0) return null;
        if (headers.Count > 1 || headers[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || BootstrapToken.Parse(header[Scheme.Length..]) is not { } token)
            throw Credentials.Refused("the Authorization header holds no bootstrap token");
        if (!await IsValidAsync(token, cancellationToken)) throw Credentials.Refused("the bootstrap token is unknown or has ended; make a new one");
        return new Caller
        {
            Name = $"system:bootstrap:{token.Id}",
            Groups = ["system:bootstrappers", Credentials.Authenticated],
            Method = BootstrapAccess.Method,
            Credential = token.Id,
        };
    }

    // An id that is not there is compared too, so that the answer's time does not tell which ids are.
    private async ValueTask<bool> IsValidAsync(BootstrapToken token, CancellationToken cancellationToken)
    {
        var kept = await reader.GetAsync<NodeToken>(null, token.Id, cancellationToken);
        var stored = kept is null ? null : StoredBootstrapToken.Read(kept);
        return CryptographicOperations.FixedTimeEquals(token.Hash(), stored?.Hash ?? NoHash) && stored is not null && time.GetUtcNow() < stored.Expires;
    }
}

using Microsoft.AspNetCore.Http;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary>Finds out who makes a request from its connection and headers.</summary>
public interface IRequestAuthenticator
{
    /// <summary>The caller; null when the request carries no credential that this authenticator knows.</summary>
    /// <param name="context">The request.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Api.Meta.ApiException">A credential is there and wrong: 401.</exception>
    ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken);
}

using Microsoft.AspNetCore.Http;

namespace Rempart.ApiServer.Authentication;

/// <summary>An authenticator that knows some credentials from before: who shows one is let past the bounds of those of whom nothing is known.</summary>
public interface IRemembersCredentials
{
    /// <summary>Whether the request carries such a credential. Costs next to nothing and asks nobody; whether it still counts is seen later.</summary>
    /// <param name="context">The request.</param>
    bool Remembers(HttpContext context);
}

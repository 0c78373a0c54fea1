using Microsoft.AspNetCore.Http;
using Rempart.Api.Meta;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary>Comes first: requests in another's name are refused instead of being carried out in one's own.</summary>
public sealed class ImpersonationRefusal : IRequestAuthenticator
{
    /// <inheritdoc/>
    public ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Request.Headers.Keys.FirstOrDefault(key => key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)) is { } header
            ? throw ApiException.Failure(403, StatusReason.Forbidden, $"header `{header}`: this cluster carries out no request in another's name; use a credential of that user")
            : ValueTask.FromResult<Caller?>(null);
    }
}

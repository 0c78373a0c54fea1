using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>Decides whether a caller may make a request. An error while deciding denies.</summary>
public interface IAuthorizer
{
    /// <summary>Decides.</summary>
    /// <param name="request">Who wants what.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken);
}

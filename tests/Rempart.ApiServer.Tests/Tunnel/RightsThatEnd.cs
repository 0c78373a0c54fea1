using Rempart.ApiServer.Authorization;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Allows everything until it is told to end.</summary>
internal sealed class RightsThatEnd : IAuthorizer
{
    public bool Ended { get; set; }

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new AccessDecision(!(Ended && request.Caller.NodeName is null), "the role was taken away"));
}

using Rempart.ApiServer.Authorization;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tests.Apply;

/// <summary>Everything but making objects is allowed.</summary>
internal sealed class NobodyCreates : IAuthorizer
{
    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new AccessDecision(request.Verb != "create", ""));
}

using Rempart.ApiServer.Authorization;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>Lets everyone with a certificate do everything, and keeps out `mallory` and the anonymous.</summary>
internal sealed class EverythingAllowed : IAuthorizer
{
    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new AccessDecision(request.Caller.Method == "certificate" && request.Caller.Name != "mallory", ""));
}

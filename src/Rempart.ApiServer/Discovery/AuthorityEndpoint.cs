using Rempart.Api.Infra;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Discovery;

/// <summary>The cluster's CA certificate, for hosts that join: they know its pin and take no other.</summary>
/// <param name="authority">The certificate in PEM.</param>
internal sealed class AuthorityEndpoint(string authority) : IPathEndpoint
{
    public bool Serves(string path) => path == AuthorityPin.Path;

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken) => Task.FromResult<ApiResult?>(new TextResult(200, authority));
}

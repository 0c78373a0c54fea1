using System.Runtime.InteropServices;
using System.Text;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Discovery;

/// <summary><c>/version</c>, in the shape of Kubernetes' version.Info: the API is compatible with the minor version that it names.</summary>
internal sealed class VersionEndpoint(string version) : IPathEndpoint
{
    private readonly byte[] _json = Encoding.UTF8.GetBytes(
        $$"""{"major":"1","minor":"32","gitVersion":"v1.32.0+rempart.{{version}}","gitCommit":"","gitTreeState":"clean","buildDate":"1970-01-01T00:00:00Z","goVersion":"","compiler":"{{RuntimeInformation.FrameworkDescription}}","platform":"linux/amd64"}""");

    public bool Serves(string path) => path is "/version" or "/version/";

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken) => Task.FromResult<ApiResult?>(new JsonResult(200, _json));
}

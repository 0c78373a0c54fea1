using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Metrics;

/// <summary><c>/metrics</c>: what this process tells of itself, in Prometheus' text format.</summary>
/// <param name="text">Renders it.</param>
internal sealed class MetricsEndpoint(Func<string> text) : IPathEndpoint
{
    public bool Serves(string path) => path is "/metrics";

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken) => Task.FromResult<ApiResult?>(new TextResult(200, text(), ApiServerMetrics.TextType));
}

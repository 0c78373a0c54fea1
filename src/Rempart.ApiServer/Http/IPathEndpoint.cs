namespace Rempart.ApiServer.Http;

/// <summary>A path outside resources: health, version, discovery, OpenAPI.</summary>
internal interface IPathEndpoint
{
    /// <summary>Whether it answers for a path.</summary>
    bool Serves(string path);

    /// <summary>Answers; null when the answer was written already.</summary>
    Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken);
}

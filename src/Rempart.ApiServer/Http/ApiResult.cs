namespace Rempart.ApiServer.Http;

/// <summary>What a request is answered with.</summary>
internal abstract record ApiResult
{
    /// <summary>Writes the answer.</summary>
    public abstract Task WriteAsync(RequestContext context, CancellationToken cancellationToken);
}

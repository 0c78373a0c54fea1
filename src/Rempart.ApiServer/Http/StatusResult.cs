using Rempart.Api.Meta;

namespace Rempart.ApiServer.Http;

/// <summary>A Status.</summary>
internal sealed record StatusResult(ApiStatus Status) : ApiResult
{
    public override Task WriteAsync(RequestContext context, CancellationToken cancellationToken) => ResponseWriter.StatusAsync(context, Status, cancellationToken);
}

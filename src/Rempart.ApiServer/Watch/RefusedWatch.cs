using Rempart.Api.Meta;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Watch;

/// <summary>A watch that can't begin where it was asked to: as in kube-apiserver, whose answer has begun by then, its only line says why.</summary>
internal sealed record RefusedWatch(ApiStatus Status) : ApiResult
{
    public override async Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        ResponseWriter.Begin(context, 200, "application/json");
        WatchLines.Error(context.Http.Response.BodyWriter, Status);
        await PatientOutput.FlushAsync(context, cancellationToken);
    }
}

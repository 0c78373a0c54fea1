namespace Rempart.ApiServer.Http;

/// <summary>A document that is not stored.</summary>
internal sealed record JsonResult(int Code, ReadOnlyMemory<byte> Json) : ApiResult
{
    /// <summary>Content-Type.</summary>
    public string ContentType { get; init; } = "application/json";

    public override Task WriteAsync(RequestContext context, CancellationToken cancellationToken) =>
        ResponseWriter.JsonAsync(context, Code, Json, cancellationToken, ContentType);
}

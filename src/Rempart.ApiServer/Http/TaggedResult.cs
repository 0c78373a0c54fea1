using Microsoft.Net.Http.Headers;

namespace Rempart.ApiServer.Http;

/// <summary>A document with an ETag: 304 without a body for who has it already (<c>If-None-Match</c>).</summary>
internal sealed record TaggedResult(TaggedDocument Document) : ApiResult
{
    /// <summary>Content-Type.</summary>
    public string ContentType { get; init; } = "application/json";

    public override Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var (request, headers) = (context.Http.Request, context.Http.Response.Headers);
        headers.ETag = $"\"{Document.Hash}\"";
        headers.Vary = HeaderNames.Accept;
        if (!request.Headers.IfNoneMatch.Any(tag => tag?.Contains(Document.Hash, StringComparison.OrdinalIgnoreCase) == true)) return ResponseWriter.JsonAsync(context, 200, Document.Bytes, cancellationToken, ContentType);
        ResponseWriter.Begin(context, 304, ContentType);
        return Task.CompletedTask;
    }
}

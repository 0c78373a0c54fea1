using System.Globalization;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.OpenApi;

/// <summary><c>/openapi/v2</c>, <c>/openapi/v3</c> and its documents, in JSON; whoever takes protobuf only is told so (406).</summary>
internal sealed class OpenApiEndpoint(OpenApiDocuments documents) : IPathEndpoint
{
    private const string Third = "/openapi/v3";

    public bool Serves(string path) => path == "/openapi/v2" || path == Third || path.StartsWith(Third + "/", StringComparison.Ordinal);

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        AcceptHeader.Choose(context.Http.Request.Headers.Accept);
        var path = context.Info.Path;
        var document = path == "/openapi/v2" ? documents.V2
            : path.Length <= Third.Length + 1 ? documents.Index
            : documents.V3(path[(Third.Length + 1)..]) ?? throw Registry.Failures.UnknownPath();
        return Task.FromResult<ApiResult?>(Answer(context, document));
    }

    private static TaggedResult Answer(RequestContext context, TaggedDocument document)
    {
        if (context.Http.Request.Query["hash"] == document.Hash)
        {
            // The address changes with the document, so that what it gives may be kept for ever.
            context.Http.Response.Headers.CacheControl = "public, immutable";
            context.Http.Response.Headers.Expires = context.Now.AddYears(1).ToString("r", CultureInfo.InvariantCulture);
        }

        return new TaggedResult(document);
    }
}

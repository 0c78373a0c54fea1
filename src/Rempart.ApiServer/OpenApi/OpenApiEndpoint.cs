using System.Globalization;
using Microsoft.Extensions.Primitives;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.OpenApi;

/// <summary><c>/openapi/v2</c>, <c>/openapi/v3</c> and its documents, in JSON, and the first in protobuf too.</summary>
internal sealed class OpenApiEndpoint(OpenApiDocuments documents) : IPathEndpoint
{
    private const string Third = "/openapi/v3";
    private const int MostTypes = 32;

    public bool Serves(string path) => path == "/openapi/v2" || path == Third || path.StartsWith(Third + "/", StringComparison.Ordinal);

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var path = context.Info.Path;
        if (path == "/openapi/v2" && WantsProtobuf(context.Http.Request.Headers.Accept))
            return Task.FromResult<ApiResult?>(Answer(context, documents.V2Protobuf) with { ContentType = OpenApiProtobuf.MediaTypes[1] });
        AcceptHeader.Choose(context.Http.Request.Headers.Accept);
        var document = path == "/openapi/v2" ? documents.V2
            : path.Length <= Third.Length + 1 ? documents.Index
            : documents.V3(path[(Third.Length + 1)..]) ?? throw Registry.Failures.UnknownPath();
        return Task.FromResult<ApiResult?>(Answer(context, document));
    }

    // By hand: the name that clients have used from the beginning is no valid media type.
    private static bool WantsProtobuf(StringValues accept) => accept.OfType<string>().SelectMany(header => header.Split(',')).Take(MostTypes)
        .Select(type => type.Split(';')[0].Trim()).Select(type => OpenApiProtobuf.MediaTypes.Contains(type) ? true : type is "application/json" or "application/*" or "*/*" ? false : (bool?)null)
        .FirstOrDefault(choice => choice is not null) == true;

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

using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>One stored object, shown as the request's Accept header asks.</summary>
internal sealed record DocumentResult(int Code, CachedObject Object) : ApiResult
{
    public override Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var bytes = context.Shape switch
        {
            Presentation.Table => context.Tables.One(Object, context),
            Presentation.PartialMetadata => PartialMetadata.Of(Object.Document, context.MetaVersion),
            _ => Object.Document,
        };
        return ResponseWriter.JsonAsync(context, Code, bytes, cancellationToken);
    }
}

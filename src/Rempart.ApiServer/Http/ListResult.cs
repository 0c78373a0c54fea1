using System.Globalization;
using System.Text;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>A list: the stored documents, joined and parsed by nobody.</summary>
internal sealed record ListResult(KindInfo Kind, ObjectPage Page) : ApiResult
{
    private static readonly byte[] Comma = ","u8.ToArray();
    private static readonly byte[] End = "]}"u8.ToArray();

    public override Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        if (context.Shape == Presentation.Table) return ResponseWriter.JsonAsync(context, 200, context.Tables.List(Kind, Page, context), cancellationToken);
        var partial = context.Shape == Presentation.PartialMetadata;
        var (kind, version) = partial ? ("PartialObjectMetadataList", context.MetaVersion) : (Kind.Kind + "List", Kind.ApiVersion);
        var parts = new List<ReadOnlyMemory<byte>>((Page.Objects.Length * 2) + 2)
        {
            Encoding.UTF8.GetBytes($$"""{"kind":"{{kind}}","apiVersion":"{{version}}","metadata":{{Metadata()}},"items":["""),
        };
        for (var i = 0; i < Page.Objects.Length; i++)
        {
            if (i > 0) parts.Add(Comma);
            parts.Add(partial ? PartialMetadata.Of(Page.Objects[i].Document, context.MetaVersion) : Page.Objects[i].Document);
        }

        parts.Add(End);
        return ResponseWriter.PartsAsync(context, parts, cancellationToken);
    }

    private string Metadata()
    {
        var more = Page.Next is { } next ? $",\"continue\":\"{next}\"" : "";
        var remaining = Page.Remaining is { } count ? string.Create(CultureInfo.InvariantCulture, $",\"remainingItemCount\":{count}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{{\"resourceVersion\":\"{Page.Revision}\"{more}{remaining}}}");
    }
}

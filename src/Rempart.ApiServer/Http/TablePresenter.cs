using System.Buffers;
using System.Globalization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tables;

namespace Rempart.ApiServer.Http;

/// <summary>Objects as server-side tables.</summary>
internal sealed class TablePresenter(TimeProvider time)
{
    /// <summary>A table of one row.</summary>
    public ReadOnlyMemory<byte> One(CachedObject value, RequestContext context) =>
        Write(value.Kind, [value.Document], new ListMeta { ResourceVersion = value.Revision.ToString(CultureInfo.InvariantCulture) }, context);

    public ReadOnlyMemory<byte> List(KindInfo kind, ObjectPage page, RequestContext context) => Write(kind, page.Objects.Select(o => o.Document), new ListMeta
    {
        ResourceVersion = page.Revision.ToString(CultureInfo.InvariantCulture),
        Continue = page.Next?.ToString(),
        RemainingItemCount = page.Remaining,
    }, context);

    private ReadOnlyMemory<byte> Write(KindInfo kind, IEnumerable<ReadOnlyMemory<byte>> documents, ListMeta meta, RequestContext context)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        new TablePrinter(kind, TablePrinter.ParseInclude(context.Query.IncludeObject), time).Write(output, documents, meta);
        return output.WrittenMemory;
    }
}

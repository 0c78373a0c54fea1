using System.Buffers;
using System.Globalization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tables;

namespace Rempart.ApiServer.Http;

/// <summary>Objects as server-side tables.</summary>
internal sealed class TablePresenter(TimeProvider time)
{
    /// <summary>Prints tables as the request asks.</summary>
    public TablePrinter Printer(KindInfo kind, RequestContext context) => new(kind, TablePrinter.ParseInclude(context.Query.IncludeObject), time) { ApiVersion = context.MetaVersion };

    /// <summary>A table of one row.</summary>
    public ReadOnlyMemory<byte> One(CachedObject value, RequestContext context) => Write(Printer(value.Kind, context), [value.Document], Version(value.Revision));

    public ReadOnlyMemory<byte> List(KindInfo kind, ObjectPage page, RequestContext context) =>
        Write(Printer(kind, context), page.Objects.Select(o => o.Document), Version(page.Revision) with { Continue = page.Next?.ToString(), RemainingItemCount = page.Remaining });

    /// <summary>Metadata of a table.</summary>
    public static ListMeta Version(long revision) => new() { ResourceVersion = revision.ToString(CultureInfo.InvariantCulture) };

    private static ReadOnlyMemory<byte> Write(TablePrinter printer, IEnumerable<ReadOnlyMemory<byte>> documents, ListMeta meta)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        printer.Write(output, documents, meta);
        return output.WrittenMemory;
    }
}

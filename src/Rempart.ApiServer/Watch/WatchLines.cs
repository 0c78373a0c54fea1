using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tables;

namespace Rempart.ApiServer.Watch;

/// <summary>Writes changes as a client with selectors sees them: an object that begins to match is ADDED, one that ceases to is DELETED.</summary>
/// <param name="target">The kind that is watched.</param>
/// <param name="selection">Which of its objects.</param>
/// <param name="shape">How they are shown.</param>
/// <param name="printer">Prints them where they are shown as tables.</param>
/// <param name="metaVersion">apiVersion of tables and metadata.</param>
internal sealed class WatchLines(KindRegistration target, Selection selection, Presentation shape, TablePrinter? printer, string metaVersion = "meta.k8s.io/v1")
{
    private bool _headed;

    public void Write(IBufferWriter<byte> output, CacheEvent change)
    {
        if (target.Stored != target) change = new CacheEvent(change.Now is { } stored ? target.Show(stored) : null, change.Before is { } earlier ? target.Show(earlier) : null, change.Revision);
        var before = change.Before is { } b && selection.Matches(b);
        var now = change.Now is { } n && selection.Matches(n);
        switch (before, now)
        {
            case (false, true): Line(output, "ADDED"u8, change.Now!); break;
            case (true, true): Line(output, "MODIFIED"u8, change.Now!); break;
            case (true, false): Line(output, "DELETED"u8, change.Before!.Revision == change.Revision ? change.Before : change.Before.At(change.Revision)); break;
            default: break;
        }
    }

    public void Bookmark(IBufferWriter<byte> output, long revision, bool initialEnd)
    {
        var annotations = initialEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
        var metadata = string.Create(CultureInfo.InvariantCulture, $$"""{"resourceVersion":"{{revision}}"{{annotations}}}""");
        var partial = $$"""{"kind":"PartialObjectMetadata","apiVersion":"{{metaVersion}}","metadata":{{metadata}}}""";
        var document = shape switch
        {
            // As kube-apiserver shows it: a row of an object that is nothing but its version.
            Presentation.Table => string.Create(CultureInfo.InvariantCulture,
                $$"""{"kind":"Table","apiVersion":"{{metaVersion}}","metadata":{"resourceVersion":"{{revision}}"},"columnDefinitions":[],"rows":[{"cells":[],"object":{{partial}}}]}"""),
            Presentation.PartialMetadata => partial,
            _ => $$"""{"kind":"{{target.Kind.Kind}}","apiVersion":"{{target.Kind.ApiVersion}}","metadata":{{metadata}}}""",
        };
        Frame(output, "BOOKMARK"u8, Encoding.UTF8.GetBytes(document));
    }

    /// <summary>The last line of a watch that has failed.</summary>
    public static void Error(IBufferWriter<byte> output, ApiStatus status) =>
        Frame(output, "ERROR"u8, JsonSerializer.SerializeToUtf8Bytes(status, ApiJson.Strict));

    private void Line(IBufferWriter<byte> output, ReadOnlySpan<byte> type, CachedObject value) => Frame(output, type, shape switch
    {
        Presentation.Table => Row(value),
        Presentation.PartialMetadata => PartialMetadata.Of(value.Document, metaVersion).Span,
        _ => value.Document.Span,
    });

    private ReadOnlySpan<byte> Row(CachedObject value)
    {
        var table = new ArrayBufferWriter<byte>(1024);
        printer!.Write(table, [value.Document], TablePresenter.Version(value.Revision), columns: !_headed);
        _headed = true;
        return table.WrittenSpan;
    }

    private static void Frame(IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> document)
    {
        output.Write("{\"type\":\""u8);
        output.Write(type);
        output.Write("\",\"object\":"u8);
        output.Write(document);
        output.Write("}\n"u8);
    }
}

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tables;

/// <summary>Writes <c>meta.k8s.io/v1 Table</c>s of one kind from the bytes of objects: what <c>kubectl get</c> shows.</summary>
/// <param name="kind">Kind of the objects.</param>
/// <param name="include">What each row carries besides its cells.</param>
/// <param name="time">Clock for ages.</param>
internal sealed class TablePrinter(KindInfo kind, TableInclude include, TimeProvider time)
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = ApiJson.MaxDepth };
    private static readonly JsonWriterOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly IReadOnlyList<TableColumn> _columns = TableColumns.Of(kind);

    /// <summary>Version of the table and of the metadata in its rows.</summary>
    public string ApiVersion { get; init; } = "meta.k8s.io/v1";

    /// <summary>Reads the query parameter <c>includeObject</c>.</summary>
    /// <param name="text">Its value, or null.</param>
    /// <exception cref="ApiException">422: it is none of the values.</exception>
    public static TableInclude ParseInclude(string? text) => text switch
    {
        null or "" or "Metadata" => TableInclude.Metadata,
        "None" => TableInclude.None,
        "Object" => TableInclude.Object,
        _ => throw Wrong(text),
    };

    /// <summary>Writes a table.</summary>
    /// <param name="output">Takes UTF-8.</param>
    /// <param name="objects">Stored documents.</param>
    /// <param name="meta">Version and continuation of the list; of the object, for a single one.</param>
    /// <param name="columns">Whether the columns are said: in a watch they are once.</param>
    public void Write(IBufferWriter<byte> output, IEnumerable<ReadOnlyMemory<byte>> objects, ListMeta meta, bool columns = true)
    {
        var now = time.GetUtcNow();
        using var writer = new Utf8JsonWriter(output, Writing);
        writer.WriteStartObject();
        writer.WriteString("kind", "Table");
        writer.WriteString("apiVersion", ApiVersion);
        writer.WritePropertyName("metadata");
        JsonSerializer.Serialize(writer, meta, (JsonTypeInfo<ListMeta>)ApiJson.Lenient.GetTypeInfo(typeof(ListMeta)));
        writer.WriteStartArray("columnDefinitions");
        foreach (var column in columns ? _columns : []) column.WriteDefinition(writer);
        writer.WriteEndArray();
        writer.WriteStartArray("rows");
        foreach (var bytes in objects) Row(writer, bytes, now);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static ApiException Wrong(string text)
    {
        var errors = new FieldErrors();
        errors.Invalid("includeObject", text, "must be 'Metadata', 'Object', 'None', or empty");
        return Failures.InvalidOptions("TableOptions", errors);
    }

    private void Row(Utf8JsonWriter writer, ReadOnlyMemory<byte> bytes, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(bytes, Reading);
        writer.WriteStartObject();
        writer.WriteStartArray("cells");
        foreach (var column in _columns) column.Cell(document.RootElement, now).Write(writer);
        writer.WriteEndArray();
        switch (include)
        {
            case TableInclude.None: break;
            case TableInclude.Object:
                writer.WritePropertyName("object");
                writer.WriteRawValue(bytes.Span, skipInputValidation: true);
                break;
            case TableInclude.Metadata:
                writer.WriteStartObject("object");
                writer.WriteString("kind", "PartialObjectMetadata");
                writer.WriteString("apiVersion", ApiVersion);
                writer.WritePropertyName("metadata");
                if (document.RootElement.TryGetProperty("metadata", out var metadata)) metadata.WriteTo(writer);
                else writer.WriteNullValue();
                writer.WriteEndObject();
                break;
            default: throw new System.Diagnostics.UnreachableException();
        }

        writer.WriteEndObject();
    }
}

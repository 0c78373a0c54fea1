using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Cli.Documents;

namespace Rempart.Cli.Output;

/// <summary>Prints documents as JSON or YAML.</summary>
internal static class ObjectText
{
    // Indented for people, and every control character stays escaped: the text may go to a terminal.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) };

    /// <summary>Writes one document.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="document">Document.</param>
    /// <param name="format">JSON or YAML.</param>
    public static Task WriteAsync(TextWriter output, JsonObject document, OutputFormat format)
    {
        WithoutManagedFields(document);
        return format is OutputFormat.Json ? output.WriteLineAsync(document.ToJsonString(Indented)) : output.WriteAsync(YamlText.Write(document));
    }

    /// <summary>A <c>v1 List</c> of documents, as kubectl writes it.</summary>
    /// <param name="items">Documents.</param>
    public static JsonObject List(IEnumerable<JsonObject> items) =>
        new() { ["apiVersion"] = "v1", ["kind"] = "List", ["metadata"] = new JsonObject { ["resourceVersion"] = "" }, ["items"] = new JsonArray([.. items]) };

    private static void WithoutManagedFields(JsonObject document)
    {
        (document["metadata"] as JsonObject)?.Remove("managedFields");
        foreach (var item in (document["items"] as JsonArray ?? []).OfType<JsonObject>()) (item["metadata"] as JsonObject)?.Remove("managedFields");
    }
}

using System.Text.Json.Nodes;

namespace Rempart.Cli.Output;

/// <summary>The schemas of an OpenAPI v3 document, with references followed.</summary>
internal sealed class SchemaDocument
{
    private const int MaxReferences = 16;

    private readonly JsonObject _schemas;

    private SchemaDocument(JsonObject schemas) => _schemas = schemas;

    /// <summary>The schemas of a document.</summary>
    /// <param name="document">OpenAPI v3.</param>
    public static SchemaDocument Of(JsonObject document) =>
        new(document["components"]?["schemas"] as JsonObject ?? throw new CliException("the server's OpenAPI document has no schemas"));

    /// <summary>The schema of a kind.</summary>
    /// <param name="group">Group.</param>
    /// <param name="version">Version.</param>
    /// <param name="kind">Kind.</param>
    public JsonObject Kind(string group, string version, string kind) =>
        _schemas.Select(p => p.Value).OfType<JsonObject>().FirstOrDefault(s => (s["x-kubernetes-group-version-kind"] as JsonArray ?? []).OfType<JsonObject>()
            .Any(k => k["group"]?.ToString() == group && k["version"]?.ToString() == version && k["kind"]?.ToString() == kind))
        ?? throw new CliException($"the server describes no kind `{kind}`");

    /// <summary>A field of a schema, or null.</summary>
    /// <param name="schema">Schema of a mapping.</param>
    /// <param name="name">Field.</param>
    public JsonObject? Field(JsonObject schema, string name) => (Resolve(schema)["properties"] as JsonObject)?[name] as JsonObject;

    /// <summary>Fields of a schema in order.</summary>
    /// <param name="schema">Schema of a mapping.</param>
    public IReadOnlyList<(string Name, JsonObject Schema, bool Required)> Fields(JsonObject schema)
    {
        var resolved = Resolve(schema);
        var required = (resolved["required"] as JsonArray ?? []).Select(r => r!.ToString()).ToHashSet();
        return [.. (resolved["properties"] as JsonObject ?? []).Select(p => (p.Key, (JsonObject)p.Value!, required.Contains(p.Key)))];
    }

    /// <summary>What a list or a map holds, or the schema itself.</summary>
    /// <param name="schema">Any schema.</param>
    public JsonObject Element(JsonObject schema)
    {
        var resolved = Resolve(schema);
        if (resolved["items"] is JsonObject items) return Element(items);
        return resolved["additionalProperties"] is JsonObject values && resolved["properties"] is null ? Element(values) : resolved;
    }

    /// <summary>Type as people write it: <c>[]string</c>, <c>map[string]string</c>, <c>Object</c>.</summary>
    /// <param name="schema">Any schema.</param>
    public string TypeName(JsonObject schema)
    {
        var resolved = Resolve(schema);
        if (resolved["items"] is JsonObject items) return "[]" + TypeName(items);
        if (resolved["additionalProperties"] is JsonObject values && resolved["properties"] is null) return "map[string]" + TypeName(values);
        return resolved["type"]?.ToString() switch { null when resolved["properties"] is null => "string", "object" or null => "Object", var type => type };
    }

    /// <summary>Description of a field: its own, else its type's.</summary>
    /// <param name="schema">Any schema.</param>
    public string Description(JsonObject schema) => schema["description"]?.ToString() ?? Resolve(schema)["description"]?.ToString() ?? "";

    private JsonObject Resolve(JsonObject schema)
    {
        for (var i = 0; i < MaxReferences; i++)
        {
            var reference = schema["$ref"]?.ToString() ?? ((schema["allOf"] as JsonArray)?.FirstOrDefault() as JsonObject)?["$ref"]?.ToString();
            if (reference is null || _schemas[reference[(reference.LastIndexOf('/') + 1)..]] is not JsonObject target) return schema;
            schema = target;
        }

        return schema;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.OpenApi;

/// <summary>
/// OpenAPI version 2 as <c>openapi.v2.Document</c> of gnostic's OpenAPIv2.proto, which is the only form that client-go's discovery client asks for:
/// kubectl until 1.26, and programs such as Argo CD. What has no field of its own is an extension in YAML, of which JSON is a part.
/// </summary>
internal static class OpenApiProtobuf
{
    /// <summary>The names under which clients ask for it; the second one is a valid media type.</summary>
    public static readonly string[] MediaTypes = ["application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"];

    private static readonly (string Name, int Field)[] Methods = [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("options", 6), ("head", 7), ("patch", 8)];

    /// <summary>Turns a document in JSON into protobuf.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> json)
    {
        var document = (JsonObject)JsonNode.Parse(json)!;
        var writer = new ProtobufWriter();
        writer.Text(1, Text(document, "swagger"));
        writer.Message(2, info =>
        {
            info.Text(1, Text(document["info"], "title"));
            info.Text(2, Text(document["info"], "version"));
        });
        writer.Message(8, paths =>
        {
            foreach (var (path, item) in (JsonObject)document["paths"]!) Named(paths, 2, path, value => PathItem(value, (JsonObject)item!));
        });
        writer.Message(9, definitions => Schemas(definitions, (JsonObject)document["definitions"]!));
        return writer.Bytes;
    }

    private static void PathItem(ProtobufWriter writer, JsonObject item)
    {
        foreach (var (name, field) in Methods)
        {
            if (item[name] is JsonObject operation) writer.Message(field, value => Operation(value, operation));
        }

        Parameters(writer, 9, item);
        Extensions(writer, 10, item);
    }

    private static void Operation(ProtobufWriter writer, JsonObject operation)
    {
        Texts(writer, 1, operation["tags"]);
        writer.Text(3, Text(operation, "description"));
        writer.Text(5, Text(operation, "operationId"));
        Texts(writer, 6, operation["produces"]);
        Texts(writer, 7, operation["consumes"]);
        Parameters(writer, 8, operation);
        writer.Message(9, responses =>
        {
            foreach (var (code, response) in (JsonObject)operation["responses"]!) Named(responses, 1, code, value => value.Message(1, one => Response(one, (JsonObject)response!)));
        });
        Extensions(writer, 13, operation);
    }

    private static void Response(ProtobufWriter writer, JsonObject response)
    {
        writer.Text(1, Text(response, "description"));
        if (response["schema"] is JsonObject schema) writer.Message(2, item => item.Message(1, value => Schema(value, schema)));
    }

    private static void Parameters(ProtobufWriter writer, int field, JsonObject holder)
    {
        foreach (var parameter in (holder["parameters"] as JsonArray ?? []).OfType<JsonObject>()) writer.Message(field, item => item.Message(1, value => Parameter(value, parameter)));
    }

    private static void Parameter(ProtobufWriter writer, JsonObject parameter)
    {
        if (Text(parameter, "in") == "body")
        {
            writer.Message(1, body =>
            {
                body.Text(1, Text(parameter, "description"));
                body.Text(2, Text(parameter, "name"));
                body.Text(3, "body");
                body.Flag(4, Flag(parameter, "required"));
                body.Message(5, value => Schema(value, (JsonObject)parameter["schema"]!));
            });
            return;
        }

        // Parameters of a query and of a path have the same fields from `type` on, one number apart.
        var (kind, type, unique) = Text(parameter, "in") == "query" ? (3, 6, 20) : (4, 5, 19);
        writer.Message(2, other => other.Message(kind, value =>
        {
            value.Flag(1, Flag(parameter, "required"));
            value.Text(2, Text(parameter, "in"));
            value.Text(3, Text(parameter, "description"));
            value.Text(4, Text(parameter, "name"));
            value.Text(type, Text(parameter, "type"));
            value.Flag(unique, Flag(parameter, "uniqueItems"));
        }));
    }

    private static void Schemas(ProtobufWriter writer, JsonObject schemas)
    {
        foreach (var (name, schema) in schemas) Named(writer, 1, name, value => Schema(value, (JsonObject)schema!));
    }

    private static void Schema(ProtobufWriter writer, JsonObject schema)
    {
        writer.Text(1, Text(schema, "$ref"));
        writer.Text(2, Text(schema, "format"));
        writer.Text(4, Text(schema, "description"));
        Texts(writer, 19, schema["required"]);
        foreach (var one in schema["enum"] as JsonArray ?? []) writer.Message(20, value => Any(value, one));
        if (schema["additionalProperties"] is JsonObject values) writer.Message(21, item => item.Message(1, value => Schema(value, values)));
        if (Text(schema, "type") is { } type) writer.Message(22, item => item.Text(1, type));
        if (schema["items"] is JsonObject items) writer.Message(23, item => item.Message(1, value => Schema(value, items)));
        if (schema["properties"] is JsonObject properties) writer.Message(25, value => Schemas(value, properties));
        Extensions(writer, 31, schema);
    }

    private static void Extensions(ProtobufWriter writer, int field, JsonObject holder)
    {
        foreach (var (name, extension) in holder.Where(member => member.Key.StartsWith("x-", StringComparison.Ordinal))) Named(writer, field, name, value => Any(value, extension));
    }

    private static void Any(ProtobufWriter writer, JsonNode? value) => writer.Text(2, (value?.ToJsonString() ?? "null") + "\n");

    private static void Named(ProtobufWriter writer, int field, string name, Action<ProtobufWriter> value) => writer.Message(field, pair =>
    {
        pair.Text(1, name);
        pair.Message(2, value);
    });

    private static void Texts(ProtobufWriter writer, int field, JsonNode? list)
    {
        foreach (var text in list as JsonArray ?? []) writer.Text(field, (string?)text);
    }

    private static string? Text(JsonNode? holder, string name) => (string?)holder?[name];

    private static bool Flag(JsonObject holder, string name) => holder[name]?.GetValueKind() == JsonValueKind.True;
}

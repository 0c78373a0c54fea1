using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>
/// Looks for required fields in a document as it is about to be stored: admission and defaults may have added what the
/// client left out, and a merged status may lack what the client's document had. Without them there is no typed view.
/// </summary>
internal static class RequiredFields
{
    /// <summary>Names what is missing.</summary>
    /// <param name="document">The document; its types were checked by <see cref="DocumentDecoder"/>.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="errors">Takes what is missing.</param>
    public static void Check(JsonNode? document, Schema schema, FieldErrors errors) => Check(document, schema, "", errors);

    private static void Check(JsonNode? node, Schema schema, string path, FieldErrors errors)
    {
        switch (node)
        {
            case JsonObject value when schema.Type == SchemaType.Object:
                foreach (var field in schema.Fields.Values)
                {
                    var at = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
                    if (value[field.Name] is { } inner) Check(inner, field.Schema, at, errors);
                    else if (field.Required) errors.Required(at);
                }

                break;
            case JsonObject value when schema is { Type: SchemaType.Map, Items.Type: SchemaType.Object or SchemaType.Map or SchemaType.Array }:
                foreach (var (name, inner) in value) Check(inner, schema.Items, $"{path}.{name}", errors);
                break;
            case JsonArray list when schema is { Type: SchemaType.Array, Items.Type: SchemaType.Object or SchemaType.Map or SchemaType.Array }:
                for (var i = 0; i < list.Count; i++) Check(list[i], schema.Items, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), errors);
                break;
            default: break;
        }
    }
}

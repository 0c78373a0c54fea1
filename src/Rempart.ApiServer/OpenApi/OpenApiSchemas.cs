using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.OpenApi;

/// <summary>Definitions of the types that one document needs, each written once.</summary>
internal sealed class OpenApiSchemas(OpenApiVersion version)
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private readonly SortedDictionary<string, JsonObject> _definitions = new(StringComparer.Ordinal);

    /// <summary>All definitions by name.</summary>
    public JsonObject All => new(_definitions.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value.DeepClone())));

    /// <summary>Reference to a wire type.</summary>
    public JsonObject Of(Type type) => Value(Schemas.Of(type));

    /// <summary>Reference to the list of a kind.</summary>
    public JsonObject ListOf(KindInfo kind)
    {
        var item = Schemas.Of(kind);
        var name = $"{item.Name}List";
        if (!_definitions.ContainsKey(name))
        {
            var properties = new JsonObject
            {
                ["apiVersion"] = Described(new JsonObject { ["type"] = "string" }, "Version of the schema of this list."),
                ["items"] = Described(new JsonObject { ["type"] = "array", ["items"] = InPlace(Value(item)) }, "The objects."),
                ["kind"] = Described(new JsonObject { ["type"] = "string" }, "Kind of this list."),
                ["metadata"] = Described(InPlace(Of(typeof(ListMeta))), "Version and continuation of the list."),
            };
            _definitions[name] = new JsonObject
            {
                ["description"] = $"A list of {kind.Kind} objects.",
                ["type"] = "object",
                ["required"] = new JsonArray("items"),
                ["properties"] = properties,
                ["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(kind, $"{kind.Kind}List")),
            };
        }

        return Reference(name);
    }

    /// <summary>Reference to the body of a patch: any object.</summary>
    public JsonObject Patch()
    {
        _definitions.TryAdd(Meta + "Patch", new JsonObject { ["description"] = "A change of an object, in the form that the content type names.", ["type"] = "object" });
        return Reference(Meta + "Patch");
    }

    /// <summary>Group, version and kind as clients look them up.</summary>
    public static JsonObject GroupVersionKind(KindInfo kind, string? name = null) =>
        new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = name ?? kind.Kind };

    private JsonObject Value(Schema schema) => schema.Type switch
    {
        SchemaType.Object => Definition(schema),
        SchemaType.Map => new JsonObject { ["type"] = "object", ["additionalProperties"] = InPlace(Value(schema.Items!)) },
        SchemaType.Array => new JsonObject { ["type"] = "array", ["items"] = InPlace(Value(schema.Items!)) },
        SchemaType.Any => new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
        SchemaType.String => new JsonObject { ["type"] = "string" },
        SchemaType.Bytes => new JsonObject { ["type"] = "string", ["format"] = "byte" },
        SchemaType.Int32 => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
        SchemaType.Int64 => new JsonObject { ["type"] = "integer", ["format"] = "int64" },
        SchemaType.Number => new JsonObject { ["type"] = "number", ["format"] = "double" },
        SchemaType.Boolean => new JsonObject { ["type"] = "boolean" },
        SchemaType.Time => Scalar(Meta + "Time", "A time in RFC 3339, in whole seconds.", "date-time"),
        SchemaType.MicroTime => Scalar(Meta + "MicroTime", "A time in RFC 3339, with microseconds.", "date-time"),
        SchemaType.Quantity => Scalar("io.k8s.apimachinery.pkg.api.resource.Quantity", "A number with an optional suffix such as 512Mi, 2 or 500m.", null, "number"),
        SchemaType.IntOrString => Scalar("io.k8s.apimachinery.pkg.util.intstr.IntOrString", "A whole number or a name.", "int-or-string", "integer"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private JsonObject Definition(Schema schema)
    {
        if (_definitions.ContainsKey(schema.Name!)) return Reference(schema.Name!);
        var definition = new JsonObject();
        _definitions[schema.Name!] = definition;
        if (schema.Description.Length > 0) definition["description"] = schema.Description;
        definition["type"] = "object";
        var required = schema.Fields.Values.Where(f => f.Required).Select(f => f.Name).Order(StringComparer.Ordinal).ToArray();
        if (required.Length > 0) definition["required"] = new JsonArray([.. required.Select(r => (JsonNode)r)]);
        definition["properties"] = new JsonObject(schema.Fields.Values.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Field(f))));
        if (schema.Atomic) definition["x-kubernetes-map-type"] = "atomic";
        if (schema.Kind is { } kind) definition["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(kind));
        return Reference(schema.Name!);
    }

    private JsonObject Field(SchemaField field)
    {
        var value = Described(InPlace(Value(field.Schema)), field.Description);
        if (field.OneOf.Count > 0) value["enum"] = new JsonArray([.. field.OneOf.Select(one => (JsonNode)one)]);
        if (field.Schema is { Type: SchemaType.Map, Atomic: true }) value["x-kubernetes-map-type"] = "atomic";
        if (field.Schema.Type != SchemaType.Array) return value;
        value["x-kubernetes-list-type"] = field.Schema.List switch { ListType.Map => "map", ListType.Set => "set", _ => "atomic" };
        if (field.Schema.List == ListType.Map) value["x-kubernetes-list-map-keys"] = new JsonArray([.. field.Schema.MapKeys.Select(key => (JsonNode)key)]);
        if (!field.MergesList) return value;
        value["x-kubernetes-patch-strategy"] = field.RetainKeys ? "merge,retainKeys" : "merge";
        if (field.MergeKey is not null) value["x-kubernetes-patch-merge-key"] = field.MergeKey;
        return value;
    }

    private JsonObject Scalar(string name, string description, string? format, string? alternative = null)
    {
        if (!_definitions.ContainsKey(name))
        {
            var definition = new JsonObject { ["description"] = description };
            if (alternative is not null && version == OpenApiVersion.V3) definition["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = alternative });
            else definition["type"] = "string";
            if (format is not null) definition["format"] = format;
            _definitions[name] = definition;
        }

        return Reference(name);
    }

    private JsonObject Reference(string name) => new() { ["$ref"] = (version == OpenApiVersion.V2 ? "#/definitions/" : "#/components/schemas/") + name };

    /// <summary>OpenAPI 3.0 ignores what stands beside a reference, so the reference goes into <c>allOf</c>.</summary>
    private JsonObject InPlace(JsonObject value) =>
        version == OpenApiVersion.V3 && value.ContainsKey("$ref") ? new JsonObject { ["allOf"] = new JsonArray(value) } : value;

    private static JsonObject Described(JsonObject value, string description)
    {
        if (description.Length > 0) value.Insert(0, "description", description);
        return value;
    }
}

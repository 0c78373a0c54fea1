using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>The fields that a document sets, by its schema (structured-merge-diff <c>typed.ToFieldSet</c>).</summary>
internal static class DocumentFields
{
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    /// <summary>All leaves, items of lists and free keys of maps.</summary>
    public static FieldSet Of(JsonObject document, Schema schema) => Below(document, schema);

    /// <summary>Whether the parts of a value have owners of their own.</summary>
    public static bool IsGranular(Schema schema, JsonNode? value) => value switch
    {
        JsonObject => !schema.Atomic && schema.Type is SchemaType.Object or SchemaType.Map or SchemaType.Any,
        JsonArray list => schema is { Type: SchemaType.Array, List: not ListType.Atomic } && ListItems.HaveKeys(list, schema),
        _ => false,
    };

    /// <summary>Rules of what a step leads to; null where the schema knows no such step.</summary>
    public static Schema? Inner(Schema? schema, PathElement element) => element.Kind == PathElementKind.Field ? Member(schema, element.Name) : schema?.Items;

    /// <summary>Rules of a member of an object or a map.</summary>
    public static Schema? Member(Schema? schema, string name) => schema?.Type switch
    {
        SchemaType.Object => schema.Fields.GetValueOrDefault(name)?.Schema,
        SchemaType.Map => schema.Items,
        SchemaType.Any => Anything,
        _ => null,
    };

    private static FieldSet Below(JsonNode? value, Schema schema)
    {
        if (!IsGranular(schema, value)) return FieldSet.Empty;
        var branches = new List<FieldBranch>();
        if (value is JsonObject members)
        {
            foreach (var (name, member) in members)
            {
                if (member is null) continue;
                var inner = Member(schema, name) ?? Anything;
                var below = Below(member, inner);
                var isNamed = schema.Type == SchemaType.Object;

                // A list without items that has its own owners per item says nothing; an object without members says that it is there.
                var leaf = !IsGranular(inner, member);
                branches.Add(new FieldBranch(PathElement.Field(name), leaf || !isNamed || member is JsonObject { Count: 0 }, below));
            }
        }
        else
        {
            foreach (var item in (JsonArray)value!) branches.Add(new FieldBranch(ListItems.Element(item, schema), true, Below(item, schema.Items!)));
        }

        return FieldSet.Of(branches);
    }
}

using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>Takes fields out of a document (structured-merge-diff <c>typed.RemoveItems</c>).</summary>
internal static class FieldRemoval
{
    /// <summary>A copy of the document without the members and items in the set; what is emptied by that goes as well.</summary>
    public static JsonObject Without(JsonObject document, FieldSet removed, Schema schema) => Rest(document, removed, schema) as JsonObject ?? [];

    private static JsonNode? Rest(JsonNode? value, FieldSet removed, Schema schema)
    {
        if (removed.IsEmpty) return value?.DeepClone();
        switch (value)
        {
            case JsonObject { Count: > 0 } members:
                if (schema.Atomic) return null;
                var kept = new JsonObject();
                foreach (var (name, member) in members)
                {
                    var here = removed.TryGet(PathElement.Field(name), out var branch);
                    if (here && branch.Member) continue;
                    var rest = here ? Rest(member, branch.Below, DocumentFields.Member(schema, name) ?? schema) : member?.DeepClone();
                    if (rest is not null) kept.Add(name, rest);
                }

                return kept.Count > 0 ? kept : null;
            case JsonArray { Count: > 0 } list:
                if (!DocumentFields.IsGranular(schema, list)) return null;
                var items = new JsonArray();
                foreach (var item in list)
                {
                    var here = removed.TryGet(ListItems.Element(item, schema), out var branch);
                    if (here && branch.Member) continue;
                    if ((here ? Rest(item, branch.Below, schema.Items!) : item?.DeepClone()) is { } rest) items.Add(rest);
                }

                return items.Count > 0 ? items : null;
            case JsonObject or JsonArray: return null;
            default: return value?.DeepClone();
        }
    }
}

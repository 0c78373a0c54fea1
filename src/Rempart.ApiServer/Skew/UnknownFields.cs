using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.ApiServer.Apply;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Skew;

/// <summary>
/// Members of stored documents that this server's schema does not know, because a newer server wrote them. Nobody sets, changes or removes
/// them through this one: whatever is written here leaves them as they are.
/// </summary>
internal static class UnknownFields
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = ApiJson.MaxDepth };
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = ApiJson.MaxDepth, AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2 * ApiJson.MaxDepth };

    /// <summary>Whether a document has any.</summary>
    /// <param name="document">A stored document in UTF-8.</param>
    /// <param name="schema">What is known of it.</param>
    public static bool AreIn(ReadOnlySpan<byte> document, Schema schema)
    {
        var reader = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = ApiJson.MaxDepth });
        reader.Read();
        return AreIn(ref reader, schema);
    }

    /// <summary>Puts into a new document what the stored one has and the schema does not know. Items of lists are told apart by their keys; those of other lists must be the same otherwise, or stand in the same place.</summary>
    /// <param name="next">The new document; changed in place.</param>
    /// <param name="stored">The stored one; not changed.</param>
    /// <param name="schema">What is known.</param>
    public static void Keep(JsonNode? next, JsonNode? stored, Schema schema)
    {
        switch (next, stored)
        {
            case (JsonObject now, JsonObject old) when schema.Type is SchemaType.Object or SchemaType.Map:
                foreach (var (name, value) in old)
                {
                    if (DocumentFields.Member(schema, name) is { } known) Keep(now[name], value, known);
                    else now[name] = value?.DeepClone();
                }

                break;
            case (JsonArray now, JsonArray old) when schema is { Type: SchemaType.Array, Items: { } items }:
                foreach (var (item, was) in Pairs(now, old, schema)) Keep(item, was, items);
                break;
            default: break;
        }
    }

    /// <summary>
    /// What of a written document is looked at: those that it brings back as they are stored are left out. Whatever else it has is for the decoder to refuse.
    /// </summary>
    /// <param name="written">A client's document in UTF-8.</param>
    /// <param name="stored">The stored one in UTF-8.</param>
    /// <param name="schema">What is known.</param>
    /// <param name="removed">Gets the paths of those that the stored document has and the written one does not; null when a client may leave them out.</param>
    public static byte[] Without(byte[] written, ReadOnlySpan<byte> stored, Schema schema, ICollection<string>? removed)
    {
        try
        {
            if (JsonNode.Parse(written, documentOptions: Strict) is not JsonObject document) return written;
            Take(document, JsonNode.Parse(stored, documentOptions: Reading), schema, "", removed);
            return Encoding.UTF8.GetBytes(document.ToJsonString(Writing));
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not JSON, a member twice, or half of a character: the decoder refuses it and says where.
            return written;
        }
    }

    private static void Take(JsonNode? written, JsonNode? stored, Schema schema, string path, ICollection<string>? removed)
    {
        switch (written, stored)
        {
            case (JsonObject now, JsonObject old) when schema.Type is SchemaType.Object or SchemaType.Map:
                foreach (var (name, value) in old)
                {
                    var here = path.Length == 0 ? name : $"{path}.{name}";
                    if (DocumentFields.Member(schema, name) is { } known) Take(now[name], value, known, here, removed);
                    else if (!now.ContainsKey(name)) removed?.Add(here);
                    else if (JsonNode.DeepEquals(now[name], value)) now.Remove(name);
                }

                break;
            // Who replaces a list, or an item of one, has not asked for anything to be removed.
            case (JsonArray now, JsonArray old) when schema is { Type: SchemaType.Array, Items: { } items }:
                foreach (var (item, was) in Pairs(now, old, schema)) Take(item, was, items, path, null);
                break;
            default: break;
        }
    }

    private static IEnumerable<(JsonNode? Now, JsonNode? Old)> Pairs(JsonArray now, JsonArray old, Schema schema)
    {
        var items = schema.Items!;
        if (items.Type is not (SchemaType.Object or SchemaType.Map or SchemaType.Array)) yield break;
        if (schema.List == ListType.Map && ListItems.HaveKeys(now, schema) && ListItems.HaveKeys(old, schema))
        {
            var before = ListItems.ByElement(old, schema);
            foreach (var item in now)
            {
                if (before.TryGetValue(ListItems.Element(item, schema), out var same)) yield return (item, same[0]);
            }

            yield break;
        }

        // By what is known of them; then those that are left at the same place of lists that are as long.
        var waiting = old.Select((item, at) => (Known: Known(item, items), Item: item, At: at)).GroupBy(each => each.Known, StringComparer.Ordinal).ToDictionary(same => same.Key, same => new Queue<int>(same.Select(each => each.At)), StringComparer.Ordinal);
        var left = old.Select((_, at) => at).ToHashSet();
        var unmatched = new List<int>();
        for (var at = 0; at < now.Count; at++)
        {
            if (waiting.TryGetValue(Known(now[at], items), out var same) && same.TryDequeue(out var was) && left.Remove(was)) yield return (now[at], old[was]);
            else unmatched.Add(at);
        }

        foreach (var at in unmatched.Where(at => now.Count == old.Count && left.Contains(at))) yield return (now[at], old[at]);
    }

    private static string Known(JsonNode? item, Schema schema)
    {
        var copy = item?.DeepClone();
        Drop(copy, schema);
        return copy?.ToJsonString(Writing) ?? "null";
    }

    private static void Drop(JsonNode? value, Schema schema)
    {
        if (value is JsonObject members && schema.Type is SchemaType.Object or SchemaType.Map)
        {
            foreach (var name in members.Select(member => member.Key).ToList())
            {
                if (DocumentFields.Member(schema, name) is { } known) Drop(members[name], known);
                else members.Remove(name);
            }
        }
        else if (value is JsonArray list && schema.Items is { } items)
        {
            foreach (var item in list) Drop(item, items);
        }
    }

    private static bool AreIn(ref Utf8JsonReader reader, Schema schema)
    {
        if (reader.TokenType == JsonTokenType.StartObject && schema.Type is SchemaType.Object or SchemaType.Map)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (DocumentFields.Member(schema, name) is not { } known || AreIn(ref reader, known)) return true;
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && schema.Items is { Type: SchemaType.Object or SchemaType.Map or SchemaType.Array } items)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (AreIn(ref reader, items)) return true;
            }
        }
        else
        {
            reader.Skip();
        }

        return false;
    }
}

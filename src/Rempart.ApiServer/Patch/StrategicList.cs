using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Patch;

/// <summary>Lists that a strategic merge patch merges.</summary>
internal static class StrategicList
{
    /// <summary>Merges the items of a patch into a list.</summary>
    /// <param name="target">List; its items are moved to the result.</param>
    /// <param name="patch">Items of the patch.</param>
    /// <param name="order">Order that the client wants (<c>$setElementOrder</c>), or null.</param>
    /// <param name="field">Rules of the list.</param>
    public static JsonArray Merge(JsonArray target, JsonArray patch, JsonArray? order, SchemaField field)
    {
        var before = target.ToArray();
        target.Clear();
        var serverOrder = Ranks(before.Select(item => Key(item, field)));
        var merged = field.MergeKey is null ? Values(before, patch) : Objects(before, patch, field);
        return new JsonArray([.. order is null ? merged : Ordered(merged, order, serverOrder, field)]);
    }

    /// <summary>Text by which two values are the same.</summary>
    public static string KeyText(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static List<JsonNode?> Values(JsonNode?[] before, JsonArray patch)
    {
        List<JsonNode?> merged = [.. before];
        var known = before.Select(KeyText).ToHashSet();
        foreach (var item in patch)
        {
            if (known.Add(KeyText(item))) merged.Add(item?.DeepClone());
        }

        return merged;
    }

    private static List<JsonNode?> Objects(JsonNode?[] before, JsonArray patch, SchemaField field)
    {
        JsonObject[] items = [.. patch.Select(i => i as JsonObject ?? throw JsonPatch.Malformed($"items of `{field.Name}` are objects"))];

        // One item that says `replace` replaces the whole list by the other items.
        var replace = items.Any(i => StrategicObject.DirectiveOf(i) == "replace");
        List<JsonNode?> merged = replace ? [] : [.. before];
        var places = new Dictionary<string, int>();
        for (var i = 0; i < merged.Count; i++)
        {
            if (merged[i] is JsonObject old && old[field.MergeKey!] is { } key) places.TryAdd(KeyText(key), i);
        }

        var deleted = new HashSet<int>();
        foreach (var item in items)
        {
            var directive = StrategicObject.DirectiveOf(item);
            if (directive == "replace") continue;
            var key = KeyText(item[field.MergeKey!] ?? throw JsonPatch.Malformed($"an item of `{field.Name}` in the patch has no `{field.MergeKey}`, by which items are told apart"));
            var found = places.TryGetValue(key, out var place);
            if (directive == "delete")
            {
                if (found) deleted.Add(place);
            }
            else if (found)
            {
                deleted.Remove(place);
                merged[place] = StrategicObject.Merge((JsonObject)merged[place]!, item, field.Schema.Items!);
            }
            else
            {
                places[key] = merged.Count;
                merged.Add(StrategicObject.Merge([], item, field.Schema.Items!));
            }
        }

        return [.. merged.Where((_, i) => !deleted.Contains(i))];
    }

    /// <summary>
    /// Items that the client names stand in its order; those only the server has are put among them by their old order,
    /// each before the first named item that stood behind it.
    /// </summary>
    private static List<JsonNode?> Ordered(List<JsonNode?> merged, JsonArray order, Dictionary<string, int> serverOrder, SchemaField field)
    {
        var wanted = Ranks(order.Select(item => Key(item, field)));
        var named = merged.Where(i => wanted.ContainsKey(Key(i, field))).OrderBy(i => wanted[Key(i, field)]).ToList();
        var others = merged.Where(i => !wanted.ContainsKey(Key(i, field))).ToList();
        var result = new List<JsonNode?>(merged.Count);
        var (n, o) = (0, 0);
        while (n < named.Count && o < others.Count)
        {
            var otherFirst = serverOrder.TryGetValue(Key(others[o], field), out var other) && serverOrder.TryGetValue(Key(named[n], field), out var mine) && other < mine;
            result.Add(otherFirst ? others[o++] : named[n++]);
        }

        result.AddRange(named.Skip(n));
        result.AddRange(others.Skip(o));
        return result;
    }

    private static string Key(JsonNode? item, SchemaField field) => KeyText(field.MergeKey is null ? item : (item as JsonObject)?[field.MergeKey]);

    private static Dictionary<string, int> Ranks(IEnumerable<string> keys)
    {
        var ranks = new Dictionary<string, int>();
        foreach (var key in keys) ranks.TryAdd(key, ranks.Count);
        return ranks;
    }
}

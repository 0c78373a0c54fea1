using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>Tells items of lists apart.</summary>
internal static class ListItems
{
    /// <summary>
    /// Whether each item can be told: one that lacks a key can't, and the list is taken as one value. A stored list may be so when
    /// the schema's marks are newer than the object; a list that a client applies is refused before.
    /// </summary>
    public static bool HaveKeys(JsonArray list, Schema schema) => list.All(item => Missing(item, schema) is null);

    /// <summary>What keeps an item from being told; null when nothing does.</summary>
    public static string? Missing(JsonNode? item, Schema schema)
    {
        if (schema.List == ListType.Set)
        {
            return item is JsonObject or JsonArray or null ? "associative list without keys has an element that is no plain value" : null;
        }

        if (item is not JsonObject members) return "associative list with keys may not have non-map elements";
        return schema.MapKeys.FirstOrDefault(key => members[key] is null) is { } missing
            ? $"associative list with keys has an element that omits key field \"{missing}\" (and doesn't have default value)" : null;
    }

    /// <summary>The step to an item whose keys are all there.</summary>
    public static PathElement Element(JsonNode? item, Schema schema) => schema.List == ListType.Set
        ? PathElement.Value(KeyScalar.Of(item))
        : PathElement.Key([.. schema.MapKeys.Select(key => new KeyPart(key, KeyScalar.Of(item![key])))]);

    /// <summary>Items by their step, in order; those that are there more than once under one step.</summary>
    public static Dictionary<PathElement, List<JsonNode?>> ByElement(JsonArray? list, Schema schema)
    {
        var items = new Dictionary<PathElement, List<JsonNode?>>();
        foreach (var item in list ?? [])
        {
            var element = Element(item, schema);
            if (items.TryGetValue(element, out var same)) same.Add(item);
            else items[element] = [item];
        }

        return items;
    }

    /// <summary>Whether two lists hold equal values.</summary>
    public static bool Same(List<JsonNode?> one, List<JsonNode?> other) => one.Count == other.Count && !one.Where((item, i) => !JsonNode.DeepEquals(item, other[i])).Any();
}

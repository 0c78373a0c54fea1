using System.Globalization;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>Patches as their RFCs put them, without any bound: what ours are compared with. For patches that were taken.</summary>
internal static class PlainPatches
{
    /// <summary>RFC 7396, section 2.</summary>
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target is JsonObject map ? (JsonObject)map.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null) result.Remove(name);
            else result[name] = Merge(result[name], value);
        }

        return result;
    }

    /// <summary>RFC 6902.</summary>
    public static JsonNode? Json(JsonNode? document, JsonArray patch)
    {
        foreach (var operation in patch)
        {
            var path = Pointer(operation!["path"]);
            document = (string)operation["op"]! switch
            {
                "add" => Put(document, path, operation["value"]?.DeepClone(), insert: true),
                "remove" => Put(document, path, null, insert: false, remove: true),
                "replace" => Put(document, path, operation["value"]?.DeepClone(), insert: false),
                "copy" => Put(document, path, At(document, Pointer(operation["from"]))?.DeepClone(), insert: true),
                "move" when At(document, Pointer(operation["from"]))?.DeepClone() is var moved => Put(Put(document, Pointer(operation["from"]), null, insert: false, remove: true), path, moved, insert: true),
                "test" when JsonNode.DeepEquals(At(document, path), operation["value"]) => document,
                var other => throw new InvalidOperationException($"`{other}` was taken"),
            };
        }

        return document;
    }

    private static string[] Pointer(JsonNode? text) => (string)text! is { Length: > 0 } pointer ? [.. pointer.Split('/').Skip(1).Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))] : [];

    private static JsonNode? At(JsonNode? node, string[] path)
    {
        foreach (var step in path) node = node is JsonArray list ? list[Index(step)] : ((JsonObject)node!)[step];
        return node;
    }

    private static JsonNode? Put(JsonNode? document, string[] path, JsonNode? value, bool insert, bool remove = false)
    {
        if (path.Length == 0) return value;
        var (parent, last) = (At(document, path[..^1]), path[^1]);
        switch (parent)
        {
            case JsonObject map when remove: map.Remove(last); break;
            case JsonObject map: map[last] = value; break;
            case JsonArray list when remove: list.RemoveAt(Index(last)); break;
            case JsonArray list when insert: list.Insert(last == "-" ? list.Count : Index(last), value); break;
            case JsonArray list: list[Index(last)] = value; break;
            default: throw new InvalidOperationException("a value has no members");
        }

        return document;
    }

    private static int Index(string step) => int.Parse(step, NumberStyles.None, CultureInfo.InvariantCulture);
}

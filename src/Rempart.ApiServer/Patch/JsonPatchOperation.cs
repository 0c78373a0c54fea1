using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Patch;

/// <summary>One operation of a JSON patch.</summary>
internal sealed class JsonPatchOperation
{
    private readonly string _name;
    private readonly JsonPointer _path;
    private readonly JsonPointer _from;
    private readonly JsonNode? _value;

    private JsonPatchOperation(string name, JsonPointer path, JsonPointer from, JsonNode? value) => (_name, _path, _from, _value) = (name, path, from, value);

    /// <summary>Reads an operation; members that it does not know are ignored, as RFC 6902 section 4 asks.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public static JsonPatchOperation Read(JsonNode? node, int index)
    {
        var at = string.Create(CultureInfo.InvariantCulture, $"operation {index} of the JSON patch");
        if (node is not JsonObject operation) throw JsonPatch.Malformed($"{at} is not an object");
        var name = Text(operation, "op") ?? throw JsonPatch.Malformed($"{at} has no `op`");
        if (name is not ("add" or "remove" or "replace" or "move" or "copy" or "test")) throw JsonPatch.Malformed($"{at} has the unknown `op` `{name}`");
        var path = Pointer(operation, "path", at);
        var from = name is "move" or "copy" ? Pointer(operation, "from", at) : JsonPointer.Root;
        JsonNode? value = null;
        if (name is "add" or "replace" or "test" && !operation.TryGetPropertyValue("value", out value)) throw JsonPatch.Malformed($"{at} has no `value`");
        return new JsonPatchOperation(name, path, from, value);
    }

    /// <summary>Carries the operation out.</summary>
    /// <returns>The document's root.</returns>
    public JsonNode? Apply(JsonNode? root, PatchBudget budget)
    {
        switch (_name)
        {
            case "add": return _path.Add(root, _value?.DeepClone(), budget);
            case "remove": return _path.Remove(root, budget);
            case "replace": return _path.Replace(root, _value?.DeepClone());
            case "copy": return _path.Add(root, budget.Copy(_from.Get(root)), budget);
            case "move":
                if (_from.IsAbove(_path)) throw JsonPatch.Rejected($"`{_from}` can't be moved into itself at `{_path}`");
                var moved = _from.Get(root);
                if (_from.Equals(_path)) return root;
                return _path.Add(_from.Remove(root, budget), moved, budget);
            default:
                return JsonNode.DeepEquals(_path.Get(root), _value) ? root : throw JsonPatch.Rejected($"testing value {_path} failed");
        }
    }

    private static string? Text(JsonObject operation, string member) =>
        operation[member] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static JsonPointer Pointer(JsonObject operation, string member, string at) =>
        JsonPointer.TryParse(Text(operation, member) ?? throw JsonPatch.Malformed($"{at} has no `{member}`"), out var pointer)
            ? pointer : throw JsonPatch.Malformed($"`{member}` of {at} is no JSON pointer");
}

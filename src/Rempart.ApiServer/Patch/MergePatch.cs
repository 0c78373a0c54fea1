using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Patch;

/// <summary>RFC 7396: objects are merged, null removes, anything else replaces.</summary>
internal static class MergePatch
{
    /// <summary>The document after the patch.</summary>
    /// <param name="target">Document; changed in place.</param>
    /// <param name="patch">Patch, bounded in depth by its parser.</param>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        MemberRemoval.Remove(result, changes.Where(c => c.Value is null).Select(c => c.Key).ToHashSet());
        foreach (var (name, change) in changes)
        {
            if (change is null) continue;
            if (change is JsonObject && result[name] is JsonObject inner) Apply(inner, change);
            else result[name] = Apply(null, change);
        }

        return result;
    }
}

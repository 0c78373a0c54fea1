using System.Text.Json.Nodes;

namespace Rempart.Runtime.Conditions;

/// <summary>The merge patch (RFC 7396) that leads from one value to another.</summary>
internal static class MergeDifference
{
    /// <summary>The patch: of objects the members that differ, and null for those that go; anything else as a whole.</summary>
    /// <param name="from">The value as it is; null where there is none.</param>
    /// <param name="to">As it should be.</param>
    public static JsonNode? Of(JsonNode? from, JsonNode? to)
    {
        if (from is not JsonObject before || to is not JsonObject after) return to?.DeepClone();
        var patch = new JsonObject();
        foreach (var name in before.Select(member => member.Key).Where(name => !after.ContainsKey(name))) patch[name] = null;
        foreach (var (name, value) in after)
        {
            if (!JsonNode.DeepEquals(before[name], value)) patch[name] = Of(before[name], value);
        }

        return patch;
    }
}

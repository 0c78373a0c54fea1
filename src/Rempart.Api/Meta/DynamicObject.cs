using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>
/// An object of any kind: its metadata, and everything else as it was written. With a <see cref="KindInfo"/> of discovery the client, its watches and
/// informers work on kinds that this program does not know.
/// </summary>
public sealed record DynamicObject : ApiObject
{
    /// <summary>All fields but <c>apiVersion</c>, <c>kind</c> and <c>metadata</c>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Fields { get; set; } = [];

    /// <summary>What is at a path such as <c>spec</c>, <c>powerState</c>; null when there is nothing.</summary>
    /// <param name="path">Names of fields from the outside in.</param>
    public JsonElement? At(params ReadOnlySpan<string> path)
    {
        if (path.IsEmpty || !Fields.TryGetValue(path[0], out var at)) return null;
        foreach (var name in path[1..])
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
        }

        return at;
    }
}

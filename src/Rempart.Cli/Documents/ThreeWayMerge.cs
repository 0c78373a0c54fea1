using System.Text.Json.Nodes;

namespace Rempart.Cli.Documents;

/// <summary>
/// The JSON merge patch (RFC 7396) that <c>apply</c> sends: adds and changes what the new document says, removes what the
/// last applied document said and the new one doesn't, and leaves alone what others have set.
/// </summary>
internal static class ThreeWayMerge
{
    /// <summary>Annotation in which kubectl and we keep the last applied document.</summary>
    public const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The patch; empty when there is nothing to do.</summary>
    /// <param name="lastApplied">The document applied before, if known.</param>
    /// <param name="wanted">The new document.</param>
    /// <param name="live">The object as the server has it.</param>
    public static JsonObject Patch(JsonObject? lastApplied, JsonObject wanted, JsonObject live)
    {
        var patch = new JsonObject();
        foreach (var (key, value) in wanted)
        {
            var (before, now) = (lastApplied?[key], live[key]);
            if (value is JsonObject child && now is JsonObject liveChild)
            {
                var inner = Patch(before as JsonObject, child, liveChild);
                if (inner.Count > 0) patch[key] = inner;
            }
            else if (!JsonNode.DeepEquals(value, now))
            {
                patch[key] = value?.DeepClone();
            }
        }

        foreach (var (key, _) in lastApplied ?? [])
            if (!wanted.ContainsKey(key) && live.ContainsKey(key)) patch[key] = null;
        return patch;
    }

    /// <summary>The document with itself, as applied, in the annotation.</summary>
    /// <param name="document">What the person wrote.</param>
    public static JsonObject WithLastApplied(JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        var metadata = copy["metadata"] as JsonObject ?? throw new CliException("a document needs `metadata.name`");
        if (metadata["annotations"] is JsonObject old) old.Remove(LastApplied);
        var text = copy.ToJsonString();
        if (metadata["annotations"] is not JsonObject annotations) metadata["annotations"] = annotations = [];
        annotations[LastApplied] = text + "\n";
        return copy;
    }

    /// <summary>The document that was last applied to an object, if it is known.</summary>
    /// <param name="live">The object.</param>
    public static JsonObject? ReadLastApplied(JsonObject live) =>
        live["metadata"]?["annotations"]?[LastApplied] is JsonValue text && text.TryGetValue<string>(out var json) ? JsonNode.Parse(json) as JsonObject : null;
}

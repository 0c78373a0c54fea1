using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// What <c>kubectl apply</c> without <c>--server-side</c> wrote down about itself: by it kubectl, and nobody else, goes over to
/// server-side apply without conflicts with its own past (apimachinery <c>lastAppliedManager</c>, <c>lastAppliedUpdater</c>).
/// </summary>
internal static class LastApplied
{
    /// <summary>The manager that this is done for.</summary>
    public const string Manager = "kubectl";

    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The fields that were applied and have the same value still; empty when nothing is written down.</summary>
    public static FieldSet Fields(JsonObject live, KindInfo kind)
    {
        if (Text(live) is not { Length: > 0 } text) return FieldSet.Empty;
        var schema = Schemas.Of(kind);
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            if ((JsonNode.Parse(bytes) as JsonObject)?.Text("apiVersion") != kind.ApiVersion) return FieldSet.Empty;
            var applied = (JsonObject)JsonNode.Parse(DocumentDecoder.Decode(bytes, schema, FieldValidation.Ignore).Json)!;
            var changes = FieldChanges.Between(applied, live, schema);
            return DocumentFields.Of(applied, schema).Except(changes.Set).Except(changes.Removed);
        }
        catch (Exception broken) when (broken is ApiException or System.Text.Json.JsonException or InvalidOperationException or ArgumentException)
        {
            return FieldSet.Empty;
        }
    }

    /// <summary>Writes down a configuration where one is written down already, so that going back does not lose fields.</summary>
    public static void Follow(JsonObject document, JsonObject configuration)
    {
        if (Text(document) is not { Length: > 0 }) return;
        var annotations = document.Metadata().Child("annotations");
        var copy = (JsonObject)configuration.DeepClone();
        if (copy["metadata"]?["annotations"] is JsonObject own) own.Remove(Annotation);
        annotations[Annotation] = Sorted(copy)!.ToJsonString() + "\n";
        var size = annotations.Sum(a => (long)Encoding.UTF8.GetByteCount(a.Key) + Encoding.UTF8.GetByteCount(a.Value?.GetValue<string>() ?? ""));
        if (size > MetadataRules.MaxAnnotations) annotations.Remove(Annotation);
    }

    private static string? Text(JsonObject document) => (document["metadata"]?["annotations"] as JsonObject)?.Text(Annotation);

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

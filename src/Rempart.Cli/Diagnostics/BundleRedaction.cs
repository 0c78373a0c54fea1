using System.Text.Json.Nodes;

namespace Rempart.Cli.Diagnostics;

/// <summary>Takes out of documents what a person may have put a secret into: it leaves this cluster with the bundle.</summary>
internal static class BundleRedaction
{
    /// <summary>Kinds that are left out whole.</summary>
    public static readonly IReadOnlySet<string> Kinds = new HashSet<string>(StringComparer.Ordinal) { "Secret" };

    private static readonly HashSet<string> Members = new(StringComparer.Ordinal)
    {
        "data", "stringData", "binaryData", "userData", "token", "password", "privateKey", "hash",
        // It repeats the whole document as somebody wrote it.
        "kubectl.kubernetes.io/last-applied-configuration",
    };

    /// <summary>Replaces the values of such members, at any depth, by how long they were. Changes the document.</summary>
    public static void Apply(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list) Apply(item);
            return;
        }

        if (node is not JsonObject document) return;
        foreach (var name in document.Select(member => member.Key).ToList())
        {
            if (Members.Contains(name) && document[name] is { } value) document[name] = LeftOut(value);
            else Apply(document[name]);
        }
    }

    private static JsonNode LeftOut(JsonNode value) => value is JsonObject members
        ? new JsonObject(members.Select(member => KeyValuePair.Create<string, JsonNode?>(member.Key, Words(member.Value))))
        : Words(value);

    private static JsonValue Words(JsonNode? value) => JsonValue.Create($"({value?.ToString().Length ?? 0} characters left out)");
}

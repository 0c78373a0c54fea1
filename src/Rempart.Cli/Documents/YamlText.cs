using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace Rempart.Cli.Documents;

/// <summary>Writes JSON as YAML, quoting what would read back as something else.</summary>
internal static class YamlText
{
    private static readonly ISerializer Serializer = new SerializerBuilder().WithQuotingNecessaryStrings().DisableAliases().WithIndentedSequences().Build();

    /// <summary>One YAML document, with a line end.</summary>
    /// <param name="node">The document.</param>
    public static string Write(JsonNode node) => Serializer.Serialize(Plain(node)!);

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(p => p.Key, p => Plain(p.Value)),
        JsonArray list => list.Select(Plain).ToList(),
        JsonValue value => PlainValue(value),
        _ => null,
    };

    private static object? PlainValue(JsonValue value)
    {
        if (value.TryGetValue<bool>(out var flag)) return flag;
        if (value.GetValueKind() is JsonValueKind.Number) return value.TryGetValue<long>(out var whole) ? whole : value.GetValue<double>();
        return value.GetValue<string>();
    }
}

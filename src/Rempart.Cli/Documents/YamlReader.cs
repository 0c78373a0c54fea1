using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rempart.Cli.Documents;

/// <summary>Reads YAML (and so JSON) documents into JSON, by YAML 1.2's core schema as Kubernetes tools do.</summary>
internal static class YamlReader
{
    private const int MaxNodes = 200_000;

    /// <summary>All documents of a text, without empty ones.</summary>
    /// <param name="text">At most a few MiB; the caller bounds it.</param>
    /// <param name="source">File name for errors.</param>
    /// <exception cref="CliException">It isn't YAML, or not a mapping at the top.</exception>
    public static IReadOnlyList<JsonObject> Read(string text, string source)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StringReader(text);
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            throw new CliException($"`{source}`, line {e.Start.Line}: {e.Message}");
        }

        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner ends so on an unclosed flow collection before a mapping.
            throw new CliException($"`{source}` isn't well-formed YAML: is a bracket or a quote left open?");
        }

        var budget = MaxNodes;
        List<JsonObject> documents = [];
        foreach (var document in stream.Documents)
        {
            var node = Convert(document.RootNode, source, ref budget);
            if (node is null) continue;
            documents.Add(node as JsonObject ?? throw new CliException($"`{source}`: a document must be a mapping with `apiVersion` and `kind`"));
        }

        return documents;
    }

    private static JsonNode? Convert(YamlNode node, string source, ref int budget)
    {
        // Aliases share nodes, so that a small text can stand for a huge document: count what is made, not what is read.
        if (--budget < 0) throw new CliException($"`{source}`: the document has more than {MaxNodes} values");
        return node switch
        {
            YamlMappingNode map => ConvertMap(map, source, ref budget),
            YamlSequenceNode list => ConvertList(list, source, ref budget),
            YamlScalarNode scalar => Scalar(scalar),
            _ => throw new CliException($"`{source}`, line {node.Start.Line}: unsupported YAML"),
        };
    }

    private static JsonObject ConvertMap(YamlMappingNode map, string source, ref int budget)
    {
        var result = new JsonObject();
        foreach (var (key, value) in map.Children)
        {
            if (key is not YamlScalarNode { Value: { } name }) throw new CliException($"`{source}`, line {key.Start.Line}: a key must be text");
            result.Add(name, Convert(value, source, ref budget));
        }

        return result;
    }

    private static JsonArray ConvertList(YamlSequenceNode list, string source, ref int budget)
    {
        var result = new JsonArray();
        foreach (var item in list.Children) result.Add(Convert(item, source, ref budget));
        return result;
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not ScalarStyle.Plain) return JsonValue.Create(text);
        if (text is "" or "~" or "null" or "Null" or "NULL") return null;
        if (text is "true" or "True" or "TRUE") return JsonValue.Create(true);
        if (text is "false" or "False" or "FALSE") return JsonValue.Create(false);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return JsonValue.Create(whole);
        if (LooksNumeric(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)) return JsonValue.Create(real);
        return JsonValue.Create(text);
    }

    private static bool LooksNumeric(string text) => char.IsAsciiDigit(text[0]) || (text.Length > 1 && text[0] is '-' or '+' or '.');
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Rempart.ApiServer.Http;

/// <summary>
/// Bodies in YAML, as kube-apiserver takes them. Read event by event and never deeper than JSON may be; what aliases stand for
/// is counted when it is copied, so that a small text can't become a huge document.
/// </summary>
internal ref struct YamlBody
{
    private const int MostValues = 200_000;
    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (byte)c).Except("\t\n\r"u8.ToArray()), 0x7f]);
    private readonly Parser _parser;
    private readonly Dictionary<string, (JsonNode? Node, int Values, int Characters, int Depth)> _anchors = new(StringComparer.Ordinal);
    private int _values;
    private int _characters;

    private YamlBody(Parser parser) => _parser = parser;

    /// <summary>The body in JSON; one that is JSON already, which is YAML too, comes back as it is.</summary>
    /// <exception cref="ApiException">400: not one YAML document of a mapping, or larger than is taken.</exception>
    public static byte[] ToJson(byte[] body)
    {
        var start = body.AsSpan().TrimStart(" \t\r\n"u8);
        if (start.Length > 0 && start[0] == (byte)'{') return body;
        if (!Utf8.IsValid(body)) throw Wrong("it is not valid UTF-8");
        // YAML has none of them, though the parser lets them through in quoted text.
        if (body.AsSpan().ContainsAny(Controls)) throw Wrong("control characters are not allowed");
        try
        {
            using var reader = new StringReader(Encoding.UTF8.GetString(body));
            return Encoding.UTF8.GetBytes(new YamlBody(new Parser(reader)).Document().ToJsonString());
        }
        catch (YamlException broken)
        {
            throw Wrong($"line {broken.Start.Line}: {broken.Message}");
        }
        catch (Exception broken) when (broken is InvalidOperationException or ArgumentException)
        {
            // The scanner ends so on a bracket that is never closed, and on half of a surrogate pair.
            throw Wrong("it is not well-formed");
        }
    }

    private static ApiException Wrong(string why) => Failures.BadRequest($"error decoding YAML: {why}");

    private JsonObject Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) throw Wrong("it is empty");
        _parser.Consume<DocumentStart>();
        var document = Value(1, out _) as JsonObject ?? throw Wrong("it is not a mapping");
        _parser.Consume<DocumentEnd>();
        _parser.Consume<StreamEnd>();
        return document;
    }

    private JsonNode? Value(int depth, out int height)
    {
        height = 1;
        if (depth > ApiJson.MaxObjectDepth + 1) throw DocumentDecoder.TooDeep("the body");
        Count(1, 0);
        if (_parser.TryConsume<AnchorAlias>(out var alias)) return Aliased(alias, depth, out height);
        var (before, charactersBefore) = (_values, _characters);
        JsonNode? node;
        AnchorName anchor;
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            Count(0, scalar.Value.Length);
            (node, anchor) = (YamlScalar.Read(scalar), scalar.Anchor);
        }
        else if (_parser.TryConsume<SequenceStart>(out var sequence)) (node, anchor) = (List(depth, ref height), sequence.Anchor);
        else (node, anchor) = (Mapping(depth, ref height, out var name), name);
        if (!anchor.IsEmpty) _anchors[anchor.Value] = (node, _values - before + 1, _characters - charactersBefore, height);
        return node;
    }

    private JsonArray List(int depth, ref int height)
    {
        var list = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            list.Add(Value(depth + 1, out var inner));
            height = Math.Max(height, inner + 1);
        }

        return list;
    }

    private JsonObject Mapping(int depth, ref int height, out AnchorName anchor)
    {
        anchor = _parser.Consume<MappingStart>().Anchor;
        var members = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key)) throw Wrong("a key is not a text");
            if (key is { Value: "<<", Style: ScalarStyle.Plain }) throw Wrong("merge keys (`<<`) are not accepted: write the members out");
            Count(0, key.Value.Length);
            var value = Value(depth + 1, out var inner);
            height = Math.Max(height, inner + 1);
            if (!members.TryAdd(key.Value, value)) throw Wrong(string.Create(CultureInfo.InvariantCulture, $"line {key.Start.Line}: key \"{key.Value}\" already set in map"));
        }

        return members;
    }

    private JsonNode? Aliased(AnchorAlias alias, int depth, out int height)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var known)) throw Wrong($"the alias `{alias.Value}` stands for nothing");
        height = known.Depth;
        if (depth + height > ApiJson.MaxObjectDepth + 1) throw DocumentDecoder.TooDeep("the body");
        Count(known.Values, known.Characters);
        return known.Node?.DeepClone();
    }

    private void Count(int values, int characters)
    {
        _values += values;
        // Only aliases can bring a body of that many bytes beyond it.
        _characters += characters;
        if (_characters > BodyReader.MostBytes) throw Wrong($"its texts have more than {BodyReader.MostBytes} characters");
        if (_values > MostValues) throw Wrong($"it has more than {MostValues} values");
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http.Protobuf;

/// <summary>
/// Turns a body in <c>application/vnd.kubernetes.protobuf</c> into JSON, which then passes the same strict decoding as any other:
/// kubectl sends built-in kinds (<c>create configmap</c>, <c>auth can-i</c>) in no other form. Answers are always JSON.
/// </summary>
internal ref struct ProtobufBody
{
    /// <summary>Content-Type of such bodies.</summary>
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    // An empty message is two bytes here and a hundred times as much as an object: counted like the values of YAML.
    private const int MostValues = 100_000;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private int _values;

    /// <summary>The same document in JSON.</summary>
    /// <param name="body">Magic number and runtime.Unknown; its size is bounded by the caller.</param>
    public static byte[] ToJson(ReadOnlySpan<byte> body)
    {
        try
        {
            if (!body.StartsWith("k8s\0"u8)) throw new FormatException("it does not begin with `k8s` and a zero byte");
            var (version, kind, raw) = Envelope(body[4..]);
            var name = kind == "DeleteOptions" ? kind : $"{version} {kind}";
            if (!WireMessages.ByKind.TryGetValue(name, out var message))
            {
                throw Failures.UnsupportedMediaType($"kind `{kind}` of `{version}` is not accepted in protobuf: send application/json");
            }

            var document = new ProtobufBody().Message(raw, message, 0);
            document["apiVersion"] = version;
            document["kind"] = kind;
            return Encoding.UTF8.GetBytes(document.ToJsonString());
        }
        catch (Exception wrong) when (wrong is FormatException or DecoderFallbackException or ArgumentOutOfRangeException)
        {
            throw Failures.BadRequest($"the body is not valid protobuf: {wrong.Message}");
        }
        catch (InvalidOperationException)
        {
            // JSON in it was read, but not its texts: half of a surrogate pair.
            throw Failures.BadRequest("the body is not valid protobuf: JSON in it has a text that is no UTF-16");
        }
    }

    private static (string Version, string Kind, byte[] Raw) Envelope(ReadOnlySpan<byte> bytes)
    {
        var (version, kind, raw) = ("", "", Array.Empty<byte>());
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            var (number, encoding) = reader.Tag();
            if (encoding != 2) throw new FormatException("the envelope has an unknown field");
            var value = reader.Bytes();
            if (number == 2) raw = value.ToArray();
            if (number == 3 && value.Length > 0) throw new FormatException("the envelope's content is compressed");
            if (number != 1) continue;
            var type = new WireReader(value);
            while (!type.AtEnd)
            {
                var field = type.Tag().Number;
                var text = Utf8.GetString(type.Bytes());
                if (field == 1) version = text;
                if (field == 2) kind = text;
            }
        }

        return (version, kind, raw);
    }

    private void Count()
    {
        if (++_values > MostValues) throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it has more than {MostValues} values"));
    }

    private JsonObject Message(ReadOnlySpan<byte> bytes, WireMessage message, int depth)
    {
        if (depth > ApiJson.MaxObjectDepth) throw new FormatException("it is nested too deep");
        var document = new JsonObject();
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            Count();
            var (number, encoding) = reader.Tag();
            var field = message.Find(number) ?? throw new FormatException($"field {number} is not known");
            var varint = field.Type is WireType.Number or WireType.Flag;
            if (encoding != (varint ? 0 : 2)) throw new FormatException($"field {number} has another type");
            if (varint) document[field.Name] = field.Type == WireType.Flag ? reader.Varint() != 0 : (long)reader.Varint();
            else Add(document, field, reader.Bytes(), depth);
        }

        return document;
    }

    private void Add(JsonObject document, WireField field, ReadOnlySpan<byte> value, int depth)
    {
        switch (field.Type)
        {
            case WireType.TextMap or WireType.BytesMap or WireType.ListMap or WireType.QuantityMap:
                Entry(document.Child(field.Name), field.Type, value);
                break;
            case WireType.Message when field.Repeated:
                List(document, field.Name).Add(Message(value, field.Message!, depth + 1));
                break;
            case WireType.Message:
                document[field.Name] = Message(value, field.Message!, depth + 1);
                break;
            case WireType.Text when field.Repeated:
                List(document, field.Name).Add(Utf8.GetString(value));
                break;
            case WireType.Text:
                // Go writes fields that are unset as empty texts.
                if (value.Length > 0) document[field.Name] = Utf8.GetString(value);
                break;
            case WireType.Bytes:
                document[field.Name] = Convert.ToBase64String(value);
                break;
            case WireType.Json:
                document[field.Name] = Embedded(value);
                break;
            case WireType.Time or WireType.MicroTime:
                if (value.Length > 0) document[field.Name] = Moment(value, field.Type);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void Entry(JsonObject map, WireType type, ReadOnlySpan<byte> bytes)
    {
        var (key, value) = ("", Array.Empty<byte>());
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            var number = reader.Tag().Number;
            if (number == 1) key = Utf8.GetString(reader.Bytes());
            else value = reader.Bytes().ToArray();
        }

        map[key] = type switch
        {
            WireType.TextMap => Utf8.GetString(value),
            WireType.BytesMap => Convert.ToBase64String(value),
            WireType.QuantityMap => Items(value) switch
            {
                // One that is not set is zero, as in Go.
                [] => "0",
                [var amount] => amount!.DeepClone(),
                _ => throw new FormatException("a quantity has one text"),
            },
            _ => Items(value),
        };
    }

    private JsonArray Items(ReadOnlySpan<byte> bytes)
    {
        var items = new JsonArray();
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            Count();
            reader.Tag();
            items.Add(Utf8.GetString(reader.Bytes()));
        }

        return items;
    }

    private static JsonNode? Embedded(ReadOnlySpan<byte> bytes)
    {
        var raw = Array.Empty<byte>();
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            var number = reader.Tag().Number;
            var value = reader.Bytes();
            if (number == 1) raw = value.ToArray();
        }

        try
        {
            return raw.Length == 0 ? null : JsonNode.Parse(raw, documentOptions: new JsonDocumentOptions { MaxDepth = ApiJson.MaxObjectDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException wrong)
        {
            throw new FormatException("JSON in it can't be read", wrong);
        }
    }

    private static string Moment(ReadOnlySpan<byte> bytes, WireType type)
    {
        long seconds = 0, nanos = 0;
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            if (reader.Tag().Number == 1) seconds = (long)reader.Varint();
            else nanos = (long)reader.Varint();
        }

        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
        return time.UtcDateTime.ToString(type == WireType.Time ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
    }

    private static JsonArray List(JsonObject document, string name)
    {
        if (document[name] is JsonArray found) return found;
        var made = new JsonArray();
        document[name] = made;
        return made;
    }
}

using System.Globalization;
using System.Text;

namespace Rempart.Clients.Tests.Hostile;

/// <summary>Bodies that only one content type can have.</summary>
internal static class HostileSyntax
{
    /// <summary>YAML that grows, refers to itself or means more than it says.</summary>
    public static IReadOnlyList<HostileBody> Yaml { get; } =
    [
        new("a billion laughs", Bomb(10, 10), "alias|values|large|more than"),
        new("a bomb of text", "x: &a " + new string('y', 100_000) + "\ndata:\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => string.Create(CultureInfo.InvariantCulture, $"  k{i}: *a\n")))),
        new("an anchor that holds itself", "metadata: {name: target}\ndata: &a\n  b: *a\n"),
        new("an alias of nothing", "metadata: {name: target}\ndata: *none\n"),
        new("two documents", "metadata: {name: target}\n---\nmetadata: {name: target}\n"),
        new("a tag of a program", "metadata: {name: target}\ndata: !!python/object/apply:os.system ['true']\n"),
        new("a key twice", "metadata: {name: target}\ndata: {a: x, a: y}\n", "duplicate|already|twice|more than once"),
        new("a key that is a list", "metadata: {name: target}\n? [a, b]\n: c\n"),
        new("a tab", "metadata:\n\tname: target\n"),
        new("a bracket that stays open", "metadata: {name: target\n"),
        new("a thousand levels", string.Concat(Enumerable.Range(0, 1000).Select(i => new string(' ', i) + "a:\n"))),
        new("100,000 open brackets", "a: " + new string('[', 100_000)),
        new("100,000 question marks", string.Concat(Enumerable.Repeat("? ", 100_000))),
        new("a quoted text without an end", "metadata: {name: \"target\n"),
        new("a number that is no text", "metadata: {name: target}\ndata: {a: 0x1F}\n", "data.a"),
        new("a Norwegian", "metadata: {name: target}\ndata: {country: no}\n", "data.country"),
        new("bytes that are no UTF-8", [.. "metadata: {name: target}\ndata: {a: \""u8, 0xff, .. "\"}\n"u8]),
        new("half of a surrogate pair", "metadata: {name: target}\ndata: {a: \"\\ud800\"}\n"),
        new("a control character", "metadata: {name: target}\ndata: {a: \"\u0001\"}\n"),
        new("a directive of another version", "%YAML 9.9\n---\nmetadata: {name: target}\ndta: {}\n"),
    ];

    /// <summary>Protobuf in the envelope that Kubernetes' clients send.</summary>
    public static IReadOnlyList<HostileBody> Protobuf { get; } =
    [
        new("no magic", "{}"),
        new("the magic alone", "k8s\0"),
        new("half a tag", [.. Magic, 0x0a]),
        new("a length beyond the body", [.. Magic, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]),
        new("a length beyond 64 bits", [.. Magic, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        new("a group", [.. Magic, 0x0b, 0x0b, 0x0b]),
        new("a field of number 0", [.. Magic, 0x02, 0x00]),
        new("a type that is none", [.. Magic, 0x0f]),
        new("an envelope of another kind", Envelope("v1", "Secret", [])),
        new("an envelope of no kind", Envelope("", "", [])),
        new("an object that is cut off", Envelope("v1", "ConfigMap", [0x0a, 0x20, 0x0a])),
        new("an object of noise", Envelope("v1", "ConfigMap", [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 167 + 13))])),
        new("10,000 messages in one another", Envelope("v1", "ConfigMap", Nested(10_000))),
        new("a name that is no UTF-8", Envelope("v1", "ConfigMap", [0x0a, 0x04, 0x0a, 0x02, 0xff, 0xfe])),
        new("metadata that is a number", Envelope("v1", "ConfigMap", [0x08, 0x01])),
        new("a million and a half of empty messages", Envelope("v1", "ConfigMap", Field(1, Repeated(0x6a, 0x00))), "more than 100000 values"),
        new("half of a surrogate pair in its book of owners", Envelope("v1", "ConfigMap", Field(1, [.. Field(1, "target"u8.ToArray()), .. Field(17, Field(7, Field(1, "{\"\\ud800\":{}}"u8.ToArray())))])), "UTF-16|JSON"),
        new("JSON in it", Envelope("v1", "ConfigMap", "{\"metadata\":{\"name\":\"target\"}}"u8.ToArray())),
        new("more than 3 MiB", [.. Magic, .. new byte[3 * 1024 * 1024]], "limit is 3145728"),
    ];

    /// <summary>JSON patches that are none, lead nowhere or never end.</summary>
    public static IReadOnlyList<HostileBody> JsonPatch { get; } =
    [
        new("an object", "{}"),
        new("an operation that is none", """[{"op":"jump","path":"/data"}]""", "jump"),
        new("an operation without a path", """[{"op":"remove"}]""", "path"),
        new("an operation without a value", """[{"op":"add","path":"/data/x"}]""", "value"),
        new("a path that leads nowhere", """[{"op":"replace","path":"/nothing/at/all","value":1}]""", "/nothing/at/all"),
        new("a path that does not begin with a slash", """[{"op":"add","path":"data","value":{}}]""", "data"),
        new("a pointer with a wrong escape", """[{"op":"add","path":"/data/~2","value":"x"}]"""),
        new("an index below 0", """[{"op":"add","path":"/metadata/finalizers/-1","value":"a.example.com/b"}]"""),
        new("an index beyond the end", """[{"op":"add","path":"/metadata/finalizers/99999999999999999999","value":"a.example.com/b"}]"""),
        new("a test that fails", """[{"op":"test","path":"/metadata/name","value":"other"}]""", "test"),
        new("a move into itself", """[{"op":"move","from":"/metadata","path":"/metadata/labels"}]"""),
        new("a copy of nothing", """[{"op":"copy","from":"/none","path":"/data"}]""", "/none"),
        new("copies that double each time", "[" + """{"op":"add","path":"/data","value":{"a":"x"}}""" + string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $$""",{"op":"copy","from":"","path":"/c{{i}}"}"""))) + "]"),
        new("10,001 operations", "[" + string.Join(',', Enumerable.Repeat("""{"op":"test","path":"/metadata/name","value":"target"}""", 10_001)) + "]", "10000|10,000"),
        new("the whole removed", """[{"op":"remove","path":""}]"""),
        new("the name changed", """[{"op":"replace","path":"/metadata/name","value":"other"}]""", "name"),
        new("the uid changed", """[{"op":"replace","path":"/metadata/uid","value":"00000000-0000-0000-0000-000000000000"}]""", "uid|UID"),
        new("the namespace changed", """[{"op":"replace","path":"/metadata/namespace","value":"default"}]""", "namespace"),
        new("an operation with a key twice", """[{"op":"add","op":"remove","path":"/data"}]"""),
    ];

    /// <summary>Strategic merge patches whose directives are wrong.</summary>
    public static IReadOnlyList<HostileBody> Strategic { get; } =
    [
        new("a directive that is none", """{"data":{"$patch":"explode"}}""", "explode"),
        new("a directive that is a number", """{"data":{"$patch":1}}"""),
        new("a removal that is no list", """{"metadata":{"$deleteFromPrimitiveList/finalizers":"x"}}"""),
        new("an order that is no list", """{"metadata":{"$setElementOrder/finalizers":{}}}"""),
        new("an item without its key", """{"metadata":{"ownerReferences":[{"name":"a"}]}}""", "uid"),
        new("keys to retain that are no list", """{"data":{"$retainKeys":"a"}}"""),
    ];

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    private static string Bomb(int levels, int width)
    {
        var text = new StringBuilder("a0: &a0 [x]\n");
        for (var i = 1; i < levels; i++) text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", width))}]\n");
        return text.ToString();
    }

    private static byte[] Envelope(string version, string kind, byte[] raw)
    {
        byte[] type = [.. Field(1, Encoding.UTF8.GetBytes(version)), .. Field(2, Encoding.UTF8.GetBytes(kind))];
        return [.. Magic, .. Field(1, type), .. Field(2, raw)];
    }

    // Owners (13) of nothing, as many as a body holds.
    private static byte[] Repeated(params byte[] field) => [.. Enumerable.Repeat(field, 1_400_000).SelectMany(bytes => bytes)];

    private static byte[] Nested(int levels)
    {
        byte[] inside = [];
        for (var i = 0; i < levels && inside.Length < 60_000; i++) inside = Field(1, inside);
        return inside;
    }

    private static byte[] Field(int number, byte[] bytes)
    {
        List<byte> field = [(byte)((number << 3) | 2)];
        for (var rest = bytes.Length; ; rest >>= 7)
        {
            field.Add((byte)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
            if (rest <= 0x7f) break;
        }

        // A tag of two bytes from field 16 on.
        if (number > 15) field[0] = (byte)(((number << 3) | 2) & 0x7f | 0x80);
        if (number > 15) field.Insert(1, (byte)(number >> 4));
        return [.. field, .. bytes];
    }
}

using System.Text;

namespace Rempart.Clients.Tests.Hostile;

/// <summary>ConfigMaps that are well-formed JSON or nearly, and wrong in one place. The object that is changed by them is named <c>target</c>.</summary>
internal static class HostileDocuments
{
    private const string Long = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// <summary>Documents whose refusal is about what they say: they are as wrong in a patch or in YAML as they are in JSON.</summary>
    public static IReadOnlyList<HostileBody> Wrong { get; } =
    [
        Map("an unknown field", "", "\"dta\":{}", "unknown field .*dta"),
        Map("an unknown field deep inside", "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"a\",\"uid\":\"u\",\"uuid\":\"u\"}]", "", "ownerReferences\\[0\\].uuid"),
        Map("another kind", "", "\"kind\":\"Secret\"", "Secret"),
        Map("another version", "", "\"apiVersion\":\"v9\"", "v9"),
        Map("metadata that is text", null, "\"metadata\":\"x\"", "metadata"),
        Map("metadata that is a list", null, "\"metadata\":[]", "metadata"),
        Map("data that is a list", "", "\"data\":[\"a\"]", "data"),
        Map("a value that is a number", "", "\"data\":{\"a\":1}", "data.a"),
        Map("a number beyond numbers", "\"generation\":1e999", "", "generation"),
        Map("a number beyond 64 bits", "\"generation\":99999999999999999999", "", "generation"),
        Map("a fraction of a generation", "\"generation\":1.5", "", "generation"),
        Map("a flag that is text", "", "\"immutable\":\"yes\"", "immutable"),
        Map("bytes that are no base64", "", "\"binaryData\":{\"a\":\"???\"}", "binaryData"),
        Map("a key that is no key", "", "\"data\":{\"a/b\":\"c\"}", "data"),
        Map("a key with NUL", "", "\"data\":{\"a\\u0000\":\"c\"}", "data"),
        Map("the same key twice in data and binaryData", "", "\"data\":{\"a\":\"c\"},\"binaryData\":{\"a\":\"QQ==\"}", "data"),
        Map("more than a MiB of data", "", $"\"data\":{{\"a\":\"{new string('x', 1024 * 1024 + 1)}\"}}", "1048576"),
        Map("half of a surrogate pair", "", "\"data\":{\"a\":\"\\ud800\"}"),
        Map("a label key that is too long", $"\"labels\":{{\"{Long}\":\"v\"}}", "", "metadata.labels"),
        Map("a label value that is too long", $"\"labels\":{{\"k\":\"{Long}\"}}", "", "metadata.labels"),
        Map("a label that is a number", "\"labels\":{\"k\":1}", "", "metadata.labels"),
        Map("a label with NUL", "\"labels\":{\"k\":\"a\\u0000\"}", "", "metadata.labels"),
        Map("10,000 labels", $"\"labels\":{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"l{i}\":\"v\""))}}}", "", "metadata.labels: Too many: 10000: must have at most 1024 items"),
        Map("an annotation beyond their sum", $"\"annotations\":{{\"a\":\"{new string('x', 256 * 1024 + 1)}\"}}", "", "metadata.annotations.*262144"),
        Map("an annotation key with a space", "\"annotations\":{\"a b\":\"x\"}", "", "metadata.annotations"),
        Map("a finalizer without a domain", "\"finalizers\":[\"nodomain\"]", "", "metadata.finalizers"),
        Map("a finalizer with a path", "\"finalizers\":[\"a.example.com/../../x\"]", "", "metadata.finalizers"),
        Map("an owner without a uid", "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"a\"}]", "", "ownerReferences"),
        Map("an owner that is itself a version too far", "\"ownerReferences\":[{\"apiVersion\":\"a/b/c\",\"kind\":\"ConfigMap\",\"name\":\"a\",\"uid\":\"u\"}]", "", "ownerReferences"),
        Map("two controlling owners", "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"a\",\"uid\":\"u\",\"controller\":true},{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"b\",\"uid\":\"w\",\"controller\":true}]", "", "ownerReferences"),
        Map("a time that is none", "\"creationTimestamp\":\"yesterday\"", "", "creationTimestamp"),
        Map("a time of another planet", "\"creationTimestamp\":\"2026-02-30T25:61:61Z\"", "", "creationTimestamp"),
        Map("another namespace", "\"namespace\":\"kube-system\"", "", "namespace"),
        Map("a namespace with a path", "\"namespace\":\"../default\"", "", "namespace"),
        Map("another name with a path", "\"name\":\"../x\"", "", "name"),
        Map("a name of 254 bytes", $"\"name\":\"{new string('n', 254)}\"", "", "name"),
        Map("a name with NUL", "\"name\":\"a\\u0000b\"", "", "name"),
        Map("a name in capitals", "\"name\":\"Target\"", "", "name"),
        Map("a generateName with a space", "\"name\":\"target\",\"generateName\":\"a b\",\"labels\":{\"k\":\"!\"}", "", "metadata"),
        Map("a version that is none", "\"resourceVersion\":\"abc\"", "", "modified|resourceVersion"),
        Map("nested 1,000 deep", "", $"\"data\":{string.Concat(Enumerable.Repeat("{\"a\":", 1000))}1{new string('}', 1000)}", "nested|deep|depth|level"),
    ];

    /// <summary>Bodies that are no document at all, whatever they are called.</summary>
    public static IReadOnlyList<HostileBody> Broken { get; } =
    [
        new("nothing", ""),
        new("null", "null"),
        new("a list", "[]x"),
        new("a text", "\"x\""),
        new("a number", "17"),
        new("half", "{\"metadata\":{"),
        new("two documents", "{\"metadata\":{\"name\":\"target\"}}{}"),
        new("a brace too many", "{\"metadata\":{\"name\":\"target\"}}}"),
        new("bytes that are no UTF-8", [.. "{\"metadata\":{\"name\":\"target\"},\"data\":{\"a\":\""u8, 0xff, 0xfe, 0x80, .. "\"}}"u8]),
        new("overlong UTF-8", [.. "{\"metadata\":{\"name\":\"target\"},\"data\":{\"a\":\""u8, 0xc0, 0x80, .. "\"}}"u8]),
        new("UTF-16", Encoding.Unicode.GetBytes("{\"metadata\":{\"name\":\"target\"}}")),
        new("NUL bytes", new byte[64]),
        new("a NUL behind it", [.. "{\"metadata\":{\"name\":\"target\"}}"u8, 0]),
        new("a key twice", "{\"metadata\":{\"name\":\"target\"},\"data\":{\"a\":\"1\",\"a\":\"2\"}}", "duplicate|already|twice|more than once"),
        new("metadata twice", "{\"metadata\":{\"name\":\"target\"},\"metadata\":{\"name\":\"target\"}}", "duplicate|already|twice|more than once"),
        new("a comment", "{/* x */\"metadata\":{\"name\":\"target\"}}"),
        new("more than 3 MiB", [.. "{\"metadata\":{\"name\":\"target\"},\"data\":{\"a\":\""u8, .. Enumerable.Repeat((byte)'x', 3 * 1024 * 1024), .. "\"}}"u8], "limit is 3145728"),
        new("100,000 brackets", new string('[', 100_000)),
        new("100,000 braces", string.Concat(Enumerable.Repeat("{\"a\":", 100_000))),
        new("a digit of a MiB", $"{{\"metadata\":{{\"name\":\"target\",\"generation\":{new string('9', 1024 * 1024)}}}}}"),
    ];

    private static HostileBody Map(string name, string? metadata, string rest, string says = "")
    {
        var meta = metadata is null ? "" : $"\"metadata\":{{{(metadata.Contains("\"name\":\"", StringComparison.Ordinal) && !metadata.Contains("ownerReferences", StringComparison.Ordinal) ? metadata : Join("\"name\":\"target\"", metadata))}}}";
        var kind = rest.StartsWith("\"kind\"", StringComparison.Ordinal) ? "\"apiVersion\":\"v1\"" : rest.StartsWith("\"apiVersion\"", StringComparison.Ordinal) ? "\"kind\":\"ConfigMap\"" : "\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"";
        return new HostileBody(name, $"{{{Join(kind, meta, rest)}}}", says);
    }

    private static string Join(params IEnumerable<string> parts) => string.Join(',', parts.Where(part => part.Length > 0));
}

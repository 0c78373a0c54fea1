using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>
/// How documents of a kind are laid out in the store: <c>apiVersion</c>, <c>kind</c> and <c>metadata</c> come first and
/// <c>metadata.resourceVersion</c> is left out, because it is the store's revision. It is spliced in behind a prefix of known length.
/// </summary>
internal sealed class DocumentLayout
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly byte[] _prefix;

    public DocumentLayout(KindInfo kind)
    {
        Kind = kind;
        _prefix = Encoding.UTF8.GetBytes($$"""{"apiVersion":"{{kind.ApiVersion}}","kind":"{{kind.Kind}}","metadata":{""");
    }

    public KindInfo Kind { get; }

    /// <summary>The stored form of a document.</summary>
    public byte[] Serialize(JsonObject document)
    {
        using var buffer = new MemoryStream(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion", Kind.ApiVersion);
            writer.WriteString("kind", Kind.Kind);
            writer.WriteStartObject("metadata");
            foreach (var (name, value) in (JsonObject)document["metadata"]!)
            {
                if (name != "resourceVersion") WriteMember(writer, name, value);
            }

            writer.WriteEndObject();
            foreach (var (name, value) in document)
            {
                if (name is not ("apiVersion" or "kind" or "metadata")) WriteMember(writer, name, value);
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The document as it is answered: with its resourceVersion.</summary>
    public byte[] Splice(ReadOnlySpan<byte> stored, long revision)
    {
        if (!stored.StartsWith(_prefix))
        {
            throw new JsonException($"a stored `{Kind.GroupResource}` does not begin as documents of its kind do");
        }

        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(revision, digits, out var length);
        var rest = stored[_prefix.Length..];
        ReadOnlySpan<byte> before = "\"resourceVersion\":\""u8;
        var after = rest[0] == (byte)'}' ? "\""u8 : "\","u8;
        return Join(_prefix, before, digits[..length], after, rest);
    }

    /// <summary>The stored form of a document that <see cref="Splice"/> made.</summary>
    public byte[] Unsplice(ReadOnlySpan<byte> document, long revision)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(revision, digits, out var length);
        var rest = document[(_prefix.Length + "\"resourceVersion\":\""u8.Length + length + 1)..];
        return Join(_prefix, [], [], [], rest[0] == (byte)',' ? rest[1..] : rest);
    }

    // At once and of the right length: every object that is read or written passes here.
    private static byte[] Join(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> before, ReadOnlySpan<byte> version, ReadOnlySpan<byte> after, ReadOnlySpan<byte> rest)
    {
        var joined = GC.AllocateUninitializedArray<byte>(prefix.Length + before.Length + version.Length + after.Length + rest.Length);
        var left = joined.AsSpan();
        Put(prefix, ref left);
        Put(before, ref left);
        Put(version, ref left);
        Put(after, ref left);
        Put(rest, ref left);
        return joined;
    }

    private static void Put(ReadOnlySpan<byte> part, ref Span<byte> left)
    {
        part.CopyTo(left);
        left = left[part.Length..];
    }

    private static void WriteMember(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        if (value is null) return;
        writer.WritePropertyName(name);
        value.WriteTo(writer, ApiJson.Strict);
    }
}

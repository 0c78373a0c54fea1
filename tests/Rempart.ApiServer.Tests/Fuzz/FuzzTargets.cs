using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Apply;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Http.Protobuf;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Selectors;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>Everything that reads what strangers send: bodies, patches, selectors, tokens, quantities.</summary>
internal static class FuzzTargets
{
    private static readonly Schema[] Kinds = [Schemas.Of(typeof(ConfigMap)), Schemas.Of(typeof(Event)), Schemas.Of(typeof(Api.Core.Node)), Schemas.Of(typeof(VirtualMachine))];
    private static readonly KindRegistration Maps = new(KindInfo.Of<ConfigMap>(), new KindRules());

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("document", FuzzCorpus.Documents, Document),
        new("yaml", FuzzCorpus.Yaml, Yaml),
        new("protobuf", [.. FuzzCorpus.Documents.Select(Envelope), Envelope("{\"f:data\":{\".\":{},\"f:k\":{}}}"u8.ToArray())], Protobuf),
        new("json-patch", FuzzCorpus.JsonPatches, JsonPatches),
        new("merge-patch", FuzzCorpus.MergePatches, MergePatches),
        new("strategic-merge-patch", FuzzCorpus.MergePatches, input => Refused(() => DocumentPatch.Apply(PatchType.Strategic, FuzzCorpus.Documents[2], input, Kinds[2])) is { } patched && Documented(patched, Kinds[2])),
        new("apply", FuzzCorpus.Documents, Apply),
        new("owners", [.. FuzzCorpus.Documents, FuzzCorpus.Owned], Owners),
        new("selector", FuzzCorpus.Selectors, Selector),
        new("continue-token", [.. ((string[])["n/a", "kube-system/b.c"]).Select(key => Base64Url.DecodeFromChars(new ContinueToken(7, key).ToString()))], Token),
        new("quantity", FuzzCorpus.Quantities, Quantities),
    ];

    private static bool Document(byte[] input)
    {
        var taken = false;
        foreach (var schema in Kinds) taken |= Documented(input, schema);
        return taken;
    }

    // What was taken is taken again as it is, can be read as its kind and indexed.
    private static bool Documented(byte[] json, Schema schema)
    {
        if (Refused(() => DocumentDecoder.Decode(json, schema, FieldValidation.Warn)) is not { } document) return false;
        Hold("what was taken is taken again", document.Json.AsSpan().SequenceEqual(DocumentDecoder.Decode(document.Json, schema, FieldValidation.Strict).Json));
        if (document.Missing.Count == 0) Hold("it is an object", document.As(schema.Kind!) is not null);
        IndexedFields.Read(document.Json, schema.Kind!);
        return true;
    }

    private static bool Yaml(byte[] input)
    {
        if (Refused(() => YamlBody.ToJson(input)) is not { } json) return false;
        if (json.AsSpan().SequenceEqual(input)) return Document(json);
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
        Hold("it is a mapping", document.RootElement.ValueKind == JsonValueKind.Object);
        Hold("JSON is YAML already", YamlBody.ToJson(json).AsSpan().SequenceEqual(json));
        Document(json);
        return true;
    }

    private static bool Protobuf(byte[] input)
    {
        if (Refused(() => ProtobufBody.ToJson(input)) is not { } json) return false;
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
        return true;
    }

    private static bool JsonPatches(byte[] input)
    {
        var document = FuzzCorpus.Documents[0];
        if (Refused(() => DocumentPatch.Apply(PatchType.Json, document, input, Kinds[0])) is not { } patched) return false;
        var expected = PlainPatches.Json(JsonNode.Parse(document), (JsonArray)JsonNode.Parse(input)!);
        Hold("a patch does what RFC 6902 says", JsonNode.DeepEquals(expected, JsonNode.Parse(patched)));
        Documented(patched, Kinds[0]);
        return true;
    }

    private static bool MergePatches(byte[] input)
    {
        var document = FuzzCorpus.Documents[2];
        if (Refused(() => DocumentPatch.Apply(PatchType.Merge, document, input, Kinds[2])) is not { } patched) return false;
        Hold("a patch does what RFC 7396 says", JsonNode.DeepEquals(PlainPatches.Merge(JsonNode.Parse(document), JsonNode.Parse(input)), JsonNode.Parse(patched)));
        Documented(patched, Kinds[2]);
        return true;
    }

    // A configuration that is applied, and applied again: the second time changes nothing.
    private static bool Apply(byte[] input)
    {
        if (Refused(() => AppliedConfiguration.Read(input, Call, "a")) is not { } configuration) return false;
        if (Refused(() => ServerSideApply.Create((JsonObject)configuration.DeepClone(), Call, "a")) is not { } made) return false;
        var again = ServerSideApply.Merge(Stored(made.Json), (JsonObject)configuration.DeepClone(), Call, true);
        Hold("what is applied twice is as it was", JsonNode.DeepEquals(JsonNode.Parse(made.Json), JsonNode.Parse(again.Json)));
        return true;
    }

    // The book of owners is a document's, and a document is a stranger's.
    private static bool Owners(byte[] input)
    {
        if (Refused(() => DocumentDecoder.Decode(input, Kinds[0], FieldValidation.Ignore)) is not { } document) return false;
        var configuration = (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"z":"1"}}""")!;
        return Refused(() => ServerSideApply.Merge(Stored(document.Json), configuration, Call, false)) is not null;
    }

    private static bool Selector(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var labels = Refused(() => LabelQuery.Parse(text));
        return Refused(() => FieldQuery.Parse(text, KindInfo.Of<Api.Core.Node>())) is not null | labels is not null;
    }

    private static bool Token(byte[] input)
    {
        var text = Base64Url.EncodeToString(input);
        if (Refused(() => ContinueToken.Parse(text)) is not { } token) return false;
        Hold("a token that was taken is the same again", ContinueToken.Parse(token.ToString()) == token);
        Hold("it leads nowhere else", !token.After.Split('/').Contains("..", StringComparer.Ordinal));
        return true;
    }

    private static bool Quantities(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        // Times too: they stand in the same documents.
        var dated = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a", ["creationTimestamp"] = text } };
        Documented(Encoding.UTF8.GetBytes(dated.ToJsonString()), Kinds[0]);
        if (!Quantity.TryParse(text, out var quantity)) return false;
        Hold("a quantity is the same again", Quantity.Parse(quantity.ToString()) == quantity && (quantity.Value < 0 || quantity.Units >= quantity.Value));
        return true;
    }

    private static WriteCall Call => new()
    {
        Target = Maps, Namespace = "n", Caller = new Caller { Name = "alice", Groups = [], Method = "test" }, Manager = "fuzz", Applies = true, Audit = null!, Now = DateTimeOffset.UnixEpoch,
    };

    private static CachedObject Stored(byte[] json)
    {
        var document = (JsonObject)JsonNode.Parse(json)!;
        document.Child("metadata").Remove("resourceVersion");
        ReadOnlyMemory<byte> bytes = Maps.Layout.Serialize(document);
        return new CachedObject(Maps.Layout, "n/a", new StoredValue(bytes, bytes), 1, 1);
    }

    // Kubernetes' envelope around one message with a name, of a kind that is taken in it.
    private static byte[] Envelope(byte[] name)
    {
        static byte[] Field(int number, ReadOnlySpan<byte> bytes) => bytes.Length < 128 ? [(byte)((number << 3) | 2), (byte)bytes.Length, .. bytes] : [(byte)((number << 3) | 2), (byte)(bytes.Length | 0x80), (byte)(bytes.Length >> 7), .. bytes];
        byte[] type = [.. Field(1, "v1"u8), .. Field(2, "ConfigMap"u8)];
        byte[] entry = [.. Field(1, "k"u8), .. Field(2, name.AsSpan(0, Math.Min(name.Length, 60)))];
        // managedFields (17) with fieldsV1 (7), whose JSON is damaged too.
        byte[] owners = [0x8a, 0x01, .. Field(0, Field(7, Field(1, name)))[1..]];
        byte[] raw = [.. Field(1, [.. Field(1, "a"u8), .. Field(3, "n"u8), .. owners]), .. Field(2, entry)];
        return [.. "k8s\0"u8, .. Field(1, type), .. Field(2, raw)];
    }

    private static T? Refused<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (ApiException refused) when (refused.Code is >= 400 and <= 422 && refused.Status.Message is { Length: > 0 })
        {
            return null;
        }
    }

    private static void Hold(string what, bool holds)
    {
        if (!holds) throw new InvalidOperationException($"does not hold: {what}");
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Patch;

/// <summary>Applies a client's patch to a stored document. What comes out must still be decoded and validated.</summary>
internal static class DocumentPatch
{
    /// <summary>Largest document that a patch may make, in bytes; copies in a JSON patch would else grow without bound.</summary>
    public const int MaxResult = 3 * 1024 * 1024;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = ApiJson.MaxDepth, AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions Writing = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 2 * ApiJson.MaxDepth,
    };

    /// <summary>The document after the patch, in UTF-8.</summary>
    /// <param name="type">Kind of patch.</param>
    /// <param name="document">Stored document.</param>
    /// <param name="patch">The client's bytes; their size is bounded by the caller.</param>
    /// <param name="schema">Schema of the document: tells a strategic merge how lists are merged.</param>
    /// <exception cref="ApiException">400: the patch can't be read. 422: it can't be applied to this document, or the result is too large.</exception>
    public static byte[] Apply(PatchType type, ReadOnlySpan<byte> document, ReadOnlySpan<byte> patch, Schema schema)
    {
        var change = Parse(patch);
        var before = JsonNode.Parse(document, documentOptions: Reading);
        var after = type switch
        {
            PatchType.Json => JsonPatch.Apply(before, change),
            PatchType.Merge => MergePatch.Apply(before, AnObject(change)),
            PatchType.Strategic => StrategicMergePatch.Apply(before as JsonObject ?? [], AnObject(change), schema),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        var result = Encoding.UTF8.GetBytes(after?.ToJsonString(Writing) ?? "null");
        return result.Length <= MaxResult ? result : throw JsonPatch.Rejected($"the document would have {result.Length} bytes; {MaxResult} are the most");
    }

    private static JsonNode? Parse(ReadOnlySpan<byte> patch)
    {
        try
        {
            CheckTexts(patch);
            return JsonNode.Parse(patch, documentOptions: Reading);
        }
        catch (JsonException broken)
        {
            throw ApiException.Failure(400, StatusReason.BadRequest, $"the patch is not valid JSON: {broken.Message}");
        }
    }

    /// <summary>Nodes read their texts late: one that can't be read would surprise whoever asks for it.</summary>
    private static void CheckTexts(ReadOnlySpan<byte> patch)
    {
        if (!Utf8.IsValid(patch)) throw new JsonException("it is not valid UTF-8");
        var reader = new Utf8JsonReader(patch, new JsonReaderOptions { MaxDepth = ApiJson.MaxObjectDepth + 1 });
        while (reader.Read())
        {
            if (reader.CurrentDepth >= ApiJson.MaxObjectDepth && reader.TokenType is (JsonTokenType.StartObject or JsonTokenType.StartArray)) throw DocumentDecoder.TooDeep("the patch");
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped && !ScalarRules.TryText(ref reader, out _))
                throw new JsonException("a text in it holds half of a surrogate pair");
        }
    }

    private static JsonObject AnObject(JsonNode? patch) => patch as JsonObject
        ?? throw ApiException.Failure(400, StatusReason.BadRequest, "the patch must be a JSON object");
}

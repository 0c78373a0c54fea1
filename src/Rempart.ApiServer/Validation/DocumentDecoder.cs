using System.Buffers;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>
/// Turns bytes of a client into a document that follows its schema, in one pass and with nesting bounded at
/// <see cref="ApiJson.MaxObjectDepth"/>. Explicit nulls count as absent. A field that is there twice is refused whatever the
/// validation, because such a document has no single meaning.
/// </summary>
internal static class DocumentDecoder
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Decodes an object of a kind or of another wire type.</summary>
    /// <param name="json">UTF-8; its size is bounded by the caller.</param>
    /// <param name="schema">What it must follow.</param>
    /// <param name="validation">What becomes of unknown fields.</param>
    /// <exception cref="ApiException">400: not JSON, nested too deep, a wrong type, another kind, or under Strict an unknown field; one cause each.</exception>
    public static DecodedDocument Decode(ReadOnlySpan<byte> json, Schema schema, FieldValidation validation)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 64);
        using var writer = new Utf8JsonWriter(output, Writing);
        var pass = new DocumentPass(json, writer, validation);
        try
        {
            pass.Run(schema);
        }
        catch (JsonException broken)
        {
            throw pass.Depth >= ApiJson.MaxObjectDepth ? TooDeep("the body") : ApiException.Failure(400, StatusReason.BadRequest, $"the body is not valid JSON: {broken.Message}");
        }

        pass.ThrowIfWrong(schema);
        writer.Flush();
        return new DecodedDocument { Json = output.WrittenSpan.ToArray(), Warnings = pass.Warnings, Missing = pass.Missing };
    }

    /// <summary>400: nested deeper than <see cref="ApiJson.MaxObjectDepth"/>.</summary>
    /// <param name="what">Body or patch.</param>
    public static ApiException TooDeep(string what) =>
        ApiException.Failure(400, StatusReason.BadRequest, $"{what} is nested deeper than {ApiJson.MaxObjectDepth} levels, which no kind needs: is it a document of this kind?");
}

using System.Text.Json;
using Rempart.Api;

namespace Rempart.ApiServer.Http;

/// <summary>Objects without anything but their metadata: the bytes of the metadata between others, parsed by nobody.</summary>
internal static class PartialMetadata
{
    private static ReadOnlySpan<byte> Before => "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"u8;

    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> document)
    {
        var reader = new Utf8JsonReader(document.Span, new JsonReaderOptions { MaxDepth = ApiJson.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (wanted) return (byte[])[.. Before, .. document.Span[start..(int)reader.BytesConsumed], (byte)'}'];
        }

        throw new JsonException("a stored document has no metadata");
    }
}

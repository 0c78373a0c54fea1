using System.Text.Json;
using Rempart.Api;

namespace Rempart.ApiServer.Http;

/// <summary>Objects without anything but their metadata: the bytes of the metadata between others, parsed by nobody.</summary>
internal static class PartialMetadata
{
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> document, string version)
    {
        var reader = new Utf8JsonReader(document.Span, new JsonReaderOptions { MaxDepth = ApiJson.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (wanted) return (byte[])[.. "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\""u8, .. System.Text.Encoding.ASCII.GetBytes(version), .. "\",\"metadata\":"u8, .. document.Span[start..(int)reader.BytesConsumed], (byte)'}'];
        }

        throw new JsonException("a stored document has no metadata");
    }
}

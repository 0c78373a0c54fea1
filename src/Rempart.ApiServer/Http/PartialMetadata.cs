using System.Text.Json;

namespace Rempart.ApiServer.Http;

/// <summary>Objects without anything but their metadata.</summary>
internal static class PartialMetadata
{
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> document)
    {
        using var parsed = JsonDocument.Parse(document, new JsonDocumentOptions { MaxDepth = Api.ApiJson.MaxDepth });
        var metadata = parsed.RootElement.GetProperty("metadata").GetRawText();
        return System.Text.Encoding.UTF8.GetBytes($$"""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{{metadata}}}""");
    }
}

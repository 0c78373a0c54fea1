using System.Buffers;
using Microsoft.AspNetCore.Http;
using Rempart.ApiServer.Http.Protobuf;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>Reads whole bodies within the limit that Kestrel enforces as well.</summary>
internal static class BodyReader
{
    /// <summary>Largest body in bytes, as in kube-apiserver.</summary>
    public const int MostBytes = 3 * 1024 * 1024;

    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MostBytes) throw Failures.TooLarge(MostBytes);
        if (request.Headers.ContentEncoding.Count > 0) throw Failures.UnsupportedMediaType("compressed bodies are not accepted: send the body as it is");
        var buffer = new ArrayBufferWriter<byte>((int)(request.ContentLength ?? 4096) + 1);
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.GetMemory(), cancellationToken);
            if (read == 0) return buffer.WrittenSpan.ToArray();
            buffer.Advance(read);
            if (buffer.WrittenCount > MostBytes) throw Failures.TooLarge(MostBytes);
        }
    }

    /// <summary>The body of a document; its declared type must be JSON.</summary>
    public static async Task<byte[]> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = MediaType(request);
        if (type == ProtobufBody.MediaType) return ProtobufBody.ToJson(await ReadAsync(request, cancellationToken));
        if (type is not ("" or "application/json"))
        {
            throw Failures.UnsupportedMediaType($"the body of the request was in an unknown format (`{type}`) - accepted media types include: application/json, application/vnd.kubernetes.protobuf");
        }

        return await ReadAsync(request, cancellationToken);
    }

    public static string MediaType(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
}

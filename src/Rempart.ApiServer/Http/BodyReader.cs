using System.Buffers;
using Microsoft.AspNetCore.Http;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http.Protobuf;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>Reads whole bodies within the limit that Kestrel enforces as well.</summary>
internal static class BodyReader
{
    /// <summary>Largest body in bytes, as in kube-apiserver.</summary>
    public const int MostBytes = 3 * 1024 * 1024;

    // Who sends slowly holds a place that others wait for.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MostBytes) throw Failures.TooLarge(MostBytes);
        if (request.Headers.ContentEncoding.Count > 0) throw Failures.UnsupportedMediaType("compressed bodies are not accepted: send the body as it is");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longest);
        try
        {
            return await ReadAllAsync(request, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Failure(408, StatusReason.Timeout, $"the body did not come within {Longest.TotalSeconds} s");
        }
    }

    private static async Task<byte[]> ReadAllAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>((int)(request.ContentLength ?? 4096) + 1);
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.GetMemory(), cancellationToken);
            if (read == 0) return buffer.WrittenSpan.ToArray();
            buffer.Advance(read);
            if (buffer.WrittenCount > MostBytes) throw Failures.TooLarge(MostBytes);
        }
    }

    /// <summary>The body of a document; its declared type must be JSON, YAML or protobuf.</summary>
    public static async Task<byte[]> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = MediaType(request);
        if (type == ProtobufBody.MediaType) return ProtobufBody.ToJson(await ReadAsync(request, cancellationToken));
        if (type is "application/yaml") return YamlBody.ToJson(await ReadAsync(request, cancellationToken));
        if (type is not ("" or "application/json"))
        {
            throw Failures.UnsupportedMediaType($"the body of the request was in an unknown format (`{type}`) - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf");
        }

        return await ReadAsync(request, cancellationToken);
    }

    public static string MediaType(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
}

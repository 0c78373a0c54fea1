using System.IO.Compression;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Http;

/// <summary>Writes answers.</summary>
internal static class ResponseWriter
{
    /// <summary>From this size on a list is compressed for those who accept it, as in kube-apiserver.</summary>
    private const int CompressFrom = 128 * 1024;

    public static Task StatusAsync(RequestContext context, ApiStatus status, CancellationToken cancellationToken) =>
        JsonAsync(context, status.Code ?? 200, JsonSerializer.SerializeToUtf8Bytes(status, ApiJson.Strict), cancellationToken);

    public static async Task JsonAsync(RequestContext context, int code, ReadOnlyMemory<byte> json, CancellationToken cancellationToken, string contentType = "application/json")
    {
        Begin(context, code, contentType);
        if (json.Length >= CompressFrom && AcceptsGzip(context))
        {
            await CompressedAsync(context, [json], cancellationToken);
            return;
        }

        context.Http.Response.ContentLength = json.Length;
        await PatientOutput.WriteAsync(context, [json], json.Length, cancellationToken);
    }

    /// <summary>Writes a document that is made of parts, without joining them in memory.</summary>
    public static async Task PartsAsync(RequestContext context, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken)
    {
        Begin(context, 200, "application/json");
        var length = parts.Sum(p => (long)p.Length);
        if (length >= CompressFrom && AcceptsGzip(context))
        {
            await CompressedAsync(context, parts, cancellationToken);
            return;
        }

        context.Http.Response.ContentLength = length;
        await PatientOutput.WriteAsync(context, parts, length, cancellationToken);
    }

    /// <summary>Sets what all answers have.</summary>
    public static void Begin(RequestContext context, int code, string contentType)
    {
        var response = context.Http.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        foreach (var warning in context.Warnings)
        {
            response.Headers.Append("Warning", $"299 - \"{Quoted(warning)}\"");
        }
    }

    private static async Task CompressedAsync(RequestContext context, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken)
    {
        context.Http.Response.Headers.ContentEncoding = "gzip";
        context.Http.Response.Headers.Vary = "Accept-Encoding";
        await using (var body = new PatientStream(context))
        await using (var gzip = new GZipStream(body, CompressionLevel.Fastest))
        {
            foreach (var part in parts) await gzip.WriteAsync(part, cancellationToken);
        }

        await PatientOutput.FlushAsync(context, cancellationToken);
    }

    private static bool AcceptsGzip(RequestContext context) =>
        StringWithQualityHeaderValue.TryParseList(context.Http.Request.Headers.AcceptEncoding.OfType<string>().ToList(), out var codings)
        && codings.Any(coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && coding.Quality is null or > 0);

    private static string Quoted(string text) =>
        string.Concat(text.Where(c => c is >= ' ' and <= '~')).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

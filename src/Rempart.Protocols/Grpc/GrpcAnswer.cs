using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Rempart.Protocols.Protobuf;

namespace Rempart.Protocols.Grpc;

/// <summary>What an answer's head and trailers say, and what failures of the transport mean.</summary>
internal static class GrpcAnswer
{
    /// <summary>Codes of RST_STREAM (RFC 9113, 7).</summary>
    private const long NoError = 0;
    private const long StreamClosed = 5;
    private const long Cancel = 8;

    /// <summary>No server refuses messages of fewer bytes for their size.</summary>
    private const int SmallestRefused = 64 * 1024;

    public static void CheckHead(HttpResponseMessage response, Uri address)
    {
        // An answer without messages has its status in the head.
        if (response.Headers.Contains("grpc-status")) Check(response.Headers);
        if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            throw new GrpcException(GrpcStatus.Unavailable, $"`{address}` speaks no gRPC: it answered with HTTP {(int)response.StatusCode}", inner: null);
        }
    }

    public static void CheckTrailers(HttpResponseMessage response)
    {
        if (!response.TrailingHeaders.Contains("grpc-status") && !response.Headers.Contains("grpc-status"))
        {
            throw new GrpcException(GrpcStatus.Unavailable, "the answer ended without a status", inner: null);
        }

        if (response.TrailingHeaders.Contains("grpc-status")) Check(response.TrailingHeaders);
    }

    /// <summary>Whether a failure is the transport's: not what the server said, nor the caller's own cancellation.</summary>
    public static bool IsOfTransport(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        HttpRequestException or IOException or AuthenticationException or ProtoFormatException => true,
        _ => false,
    };

    /// <summary>
    /// What a failure of the transport means for a request. A server that takes no message of this size says so and closes the stream
    /// while we still send; which of the two is seen first is chance, and they mean the same.
    /// </summary>
    public static GrpcException Translate(Exception failure, Uri address, TimeSpan timeout, GrpcContent request)
    {
        if (!request.IsSent && request.Length > SmallestRefused && failure.InnerException is HttpProtocolException { ErrorCode: NoError or StreamClosed or Cancel })
        {
            return new GrpcException(GrpcStatus.ResourceExhausted, $"`{address}` closed the stream before it had the {request.Length} bytes of the request", failure) { IsUnsent = true };
        }

        var translated = Translate(failure, address, timeout);
        return request.IsSent ? translated : new GrpcException(translated.Status, translated.Message, failure) { IsUnsent = true };
    }

    /// <summary>What a failure of the transport means.</summary>
    public static GrpcException Translate(Exception failure, Uri address, TimeSpan timeout) => failure switch
    {
        OperationCanceledException => new GrpcException(GrpcStatus.DeadlineExceeded, string.Create(CultureInfo.InvariantCulture, $"`{address}` did not answer within {timeout.TotalSeconds:0.###} s"), failure),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } =>
            new GrpcException(GrpcStatus.Unavailable, $"`{address}` can't be reached: {Innermost(failure)}", failure) { IsUnsent = true },
        ProtoFormatException => new GrpcException(GrpcStatus.Internal, $"`{address}` sent what is no message: {failure.Message}", failure),
        _ => new GrpcException(GrpcStatus.Unavailable, $"the connection to `{address}` broke: {Innermost(failure)}", failure),
    };

    private static void Check(System.Net.Http.Headers.HttpResponseHeaders headers)
    {
        var text = headers.GetValues("grpc-status").First();
        var status = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? (GrpcStatus)code : GrpcStatus.Unknown;
        if (status == GrpcStatus.Ok) return;
        var message = headers.TryGetValues("grpc-message", out var values) ? Uri.UnescapeDataString(values.First()) : "";
        throw new GrpcException(status, message.Length > 0 ? message : $"the call failed with `{status}`", inner: null);
    }

    private static string Innermost(Exception failure)
    {
        // What is disposed is the consequence of what the exception around it tells.
        while (failure.InnerException is { } inner and not ObjectDisposedException) failure = inner;
        return failure.Message;
    }
}

using System.Net.Http.Headers;
using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Client;

public sealed partial class ApiClient
{
    /// <summary>Longest answer that is read into memory, in bytes.</summary>
    public const int MaxAnswerBytes = 128 * 1024 * 1024;

    private const int Attempts = 5;

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Makes a request as it is and returns the body of its answer, whatever the media type.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="pathAndQuery">Path with its query.</param>
    /// <param name="body">Body, or null.</param>
    /// <param name="contentType">Media type of the body.</param>
    /// <param name="accept">Media types that are wanted, or null for JSON.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiException">The server refused.</exception>
    public Task<ReadOnlyMemory<byte>> SendAsync(
        HttpMethod method, string pathAndQuery, ReadOnlyMemory<byte>? body, string? contentType, string? accept, CancellationToken cancellationToken) =>
        SendForBytesAsync(() =>
        {
            var request = new HttpRequestMessage(method, pathAndQuery);
            if (body is { } bytes) request.Content = Body(bytes, contentType ?? "application/json");
            if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
            return request;
        }, MaxAnswerBytes, cancellationToken);

    /// <summary>Reads what is known to be small, such as what a node asks for every few seconds and keeps.</summary>
    /// <param name="pathAndQuery">Path with its query.</param>
    /// <param name="maxBytes">Longest answer that is taken.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiException">The server refused, can't be reached, or (502) answered with more.</exception>
    public Task<ReadOnlyMemory<byte>> GetBytesAsync(string pathAndQuery, int maxBytes, CancellationToken cancellationToken) =>
        SendForBytesAsync(() => new HttpRequestMessage(HttpMethod.Get, pathAndQuery), maxBytes, cancellationToken);

    /// <summary>
    /// Makes a request once and returns the answer when its headers are there, for streams (uploads, logs, tunnels). No deadline.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="ApiException">The server refused or can't be reached.</exception>
    public async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or System.Net.Sockets.SocketException)
        {
            // A connection that is reset as soon as it is there: the handler asks the socket for its peer, and lets the socket's own exception through.
            throw Unreachable(unreachable);
        }
        catch (OperationCanceledException silent) when (!cancellationToken.IsCancellationRequested)
        {
            // A host that does not answer at all: the handler gives up connecting and calls that a cancellation.
            throw Unreachable(silent);
        }
        if (response.IsSuccessStatusCode) return response;
        using (response) throw new ApiException(await ReadStatusAsync(response, cancellationToken));
    }

    private async Task<ReadOnlyMemory<byte>> SendForBytesAsync(Func<HttpRequestMessage> make, int maxBytes, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(make, maxBytes, cancellationToken);
            }
            catch (ApiException busy) when (attempt < Attempts && MayRepeat(busy, make))
            {
                var seconds = Math.Clamp(busy.Status.Details?.RetryAfterSeconds ?? 0, 0, 30);
                await Task.Delay(seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMilliseconds(100 << attempt), _time, cancellationToken);
            }
        }
    }

    private async Task<ReadOnlyMemory<byte>> SendOnceAsync(Func<HttpRequestMessage> make, int maxBytes, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var request = make();
        if (request.Headers.Accept.Count == 0) request.Headers.TryAddWithoutValidation("Accept", "application/json");
        try
        {
            using var response = await OpenAsync(request, either.Token);
            return await ReadBodyAsync(response, maxBytes, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Failure(504, StatusReason.Timeout, $"the server at `{_http.BaseAddress}` has not answered within {RequestTimeout.TotalSeconds} s");
        }
    }

    // A request that may have reached the server is repeated only when it changes nothing.
    private static bool MayRepeat(ApiException failure, Func<HttpRequestMessage> make)
    {
        if (failure.Code == 429) return true;
        if (failure.Code != 503) return false;
        if (failure.InnerException is null) return true;
        using var request = make();
        return request.Method == HttpMethod.Get;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpResponseMessage response, int limit, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(limit, cancellationToken);
            return await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        catch (HttpRequestException endless) when (endless.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw ApiException.Failure(502, StatusReason.InternalError, $"the server's answer is longer than the {limit} bytes that are taken");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw Unreachable(broken);
        }
    }

    private static async Task<ApiStatus> ReadStatusAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var code = (int)response.StatusCode;
        var retryAfter = (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds;
        var body = await ReadBodyAsync(response, 1024 * 1024, cancellationToken);
        ApiStatus? status = null;
        try
        {
            status = JsonSerializer.Deserialize(body.Span, TypeInfo<ApiStatus>());
        }
        catch (JsonException)
        {
            // Something between us and the server answered; its status code is all there is.
        }
        status = status is { Status: not null } ? status with { Code = code }
            : new ApiStatus { Status = "Failure", Code = code, Reason = Reason(code), Message = $"the server answered {code} {response.ReasonPhrase}" };
        return retryAfter is null ? status : status with { Details = (status.Details ?? new()) with { RetryAfterSeconds = retryAfter } };
    }

    private static string Reason(int code) => code switch
    {
        401 => StatusReason.Unauthorized,
        403 => StatusReason.Forbidden,
        404 => StatusReason.NotFound,
        409 => StatusReason.Conflict,
        410 => StatusReason.Expired,
        429 => StatusReason.TooManyRequests,
        503 => StatusReason.ServiceUnavailable,
        504 => StatusReason.Timeout,
        507 => StatusReason.InsufficientStorage,
        _ => StatusReason.InternalError,
    };

    private static ApiException Unreachable(Exception cause) => new(new ApiStatus
    {
        Status = "Failure",
        Code = 503,
        Reason = StatusReason.ServiceUnavailable,
        Message = $"the API server can't be reached: {(cause.InnerException ?? cause).Message}",
    }, cause);

    // Whoever wants metadata alone is not sent the rest; a server that does not know this view sends it nevertheless.
    private static string Accept<T>() => typeof(T) == typeof(PartialObjectMetadata) || typeof(T) == typeof(LifetimeMetadata) ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"
        : typeof(T) == typeof(ApiList<PartialObjectMetadata>) || typeof(T) == typeof(ApiList<LifetimeMetadata>) ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
        : "application/json";

    private static ReadOnlyMemoryContent Body(ReadOnlyMemory<byte> bytes, string contentType) =>
        new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };

    private static string Query(string path, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var query = string.Join('&', parameters.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}

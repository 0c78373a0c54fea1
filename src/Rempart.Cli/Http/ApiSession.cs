using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Cli.Kubeconfig;

namespace Rempart.Cli.Http;

/// <summary>A signed-in connection to the API server that speaks in documents, as commands work on any kind.</summary>
internal sealed class ApiSession : IDisposable
{
    private const int MaxAnswer = 64 * 1024 * 1024;

    private readonly KubeContext _context;
    private readonly TextWriter? _debug;
    private readonly HttpClient _http;

    /// <summary>Prepares a connection; nothing is sent yet.</summary>
    /// <param name="context">Server and credentials.</param>
    /// <param name="debug">Where calls are told with <c>--debug</c>, or null.</param>
    public ApiSession(KubeContext context, TextWriter? debug)
    {
        (_context, _debug) = (context, debug);
        _http = ApiTransport.Create(context.ToConnection());
    }

    /// <summary>Namespace when the command names none.</summary>
    public string Namespace => _context.Namespace;

    /// <summary>The server's address.</summary>
    public Uri Server => _context.Server;

    /// <summary>Reads a document.</summary>
    /// <param name="path">Path with query.</param>
    /// <param name="accept">Media type; JSON when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<JsonObject> GetAsync(string path, string? accept, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, accept, cancellationToken);

    /// <summary>Reads a document, or null when it isn't there.</summary>
    /// <param name="path">Path with query.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<JsonObject?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, null, cancellationToken);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return null;
        }
    }

    /// <summary>Sends a document and reads the answer.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path with query.</param>
    /// <param name="body">Document, if any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="contentType">Media type of the body.</param>
    public Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken, string contentType = "application/json") =>
        SendAsync(method, path, body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, contentType), null, cancellationToken);

    /// <summary>Sends bytes and reads the answer.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path with query.</param>
    /// <param name="content">Body, if any.</param>
    /// <param name="accept">Media type; JSON when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<JsonObject> SendAsync(HttpMethod method, string path, HttpContent? content, string? accept, CancellationToken cancellationToken)
    {
        using var response = await OpenAsync(method, path, content, accept, cancellationToken);
        var bytes = await ReadBoundedAsync(response, cancellationToken);
        return JsonNode.Parse(bytes) as JsonObject ?? throw new CliException($"the server answered {method} {path} with something else than a document");
    }

    /// <summary>Sends a request and gives the answer to read on; the caller disposes it.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path with query.</param>
    /// <param name="content">Body, if any.</param>
    /// <param name="accept">Media type; JSON when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ApiException">The server refused.</exception>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? content, string? accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.TryAddWithoutValidation("Accept", accept is null ? "application/json" : accept + ",application/json");
        var started = TimeProvider.System.GetTimestamp();
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            throw new CliException($"can't reach {string.Join(" or ", _context.Alternates.Prepend(_context.Server))}: {Cause(e)}; is the server up (`./dev up`), and is this its kubeconfig?", ExitCode.Unreachable);
        }

        _debug?.WriteLine($"{method} {path} → {(int)response.StatusCode} in {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms");
        foreach (var warning in response.Headers.Warning) await Console.Error.WriteLineAsync($"warning: {warning.Text.Trim('"')}");
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await FailureAsync(response, cancellationToken);
    }

    /// <summary>Opens a WebSocket on a path.</summary>
    /// <param name="path">Path with query.</param>
    /// <param name="protocol">Subprotocol.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ClientWebSocket> ConnectAsync(string path, string protocol, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(protocol);
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(20);
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(_context.Server, path)) { Scheme = "wss" }.Uri, _http, cancellationToken);
            _debug?.WriteLine($"WebSocket {path} → open");
            return socket;
        }
        catch (WebSocketException e)
        {
            var code = socket.HttpStatusCode;
            socket.Dispose();
            if (!Enum.IsDefined(code) || code is HttpStatusCode.SwitchingProtocols) throw new CliException($"can't open the stream: {Cause(e)}", ExitCode.Unreachable);

            // The handshake's body can't be read: an ordinary request to the same path gets the same refusal with its reason.
            using var response = await OpenAsync(HttpMethod.Get, path, null, null, cancellationToken);
            throw new CliException($"the server refused the stream with {(int)code}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Cause(Exception e) => e.InnerException is { } inner && inner is not HttpRequestException ? inner.Message.TrimEnd('.') : e.Message.TrimEnd('.');

    private static async Task<ApiException> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = await ReadBoundedAsync(response, cancellationToken);
        try
        {
            if (JsonSerializer.Deserialize<ApiStatus>(bytes, ApiJson.Lenient) is { Code: > 0 } status) return new ApiException(status);
        }
        catch (JsonException)
        {
            // Not ours: a proxy's page, perhaps. The code says enough.
        }

        return ApiException.Failure((int)response.StatusCode, StatusReason.InternalError, $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}");
    }

    private static async Task<byte[]> ReadBoundedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var buffer = new MemoryStream();
        var chunk = new byte[81920];
        for (int n; (n = await stream.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            if (buffer.Length + n > MaxAnswer) throw new CliException("the answer is larger than 64 MiB: narrow it with a selector or a namespace");
            await buffer.WriteAsync(chunk.AsMemory(0, n), cancellationToken);
        }

        return buffer.ToArray();
    }
}

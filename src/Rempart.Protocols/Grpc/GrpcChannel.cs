using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Protocols.Grpc;

/// <summary>
/// Calls of one gRPC server over HTTP/2 (doc/PROTOCOL-HTTP2.md of the grpc project): one request message, one answer or a stream of
/// them. Plain http is for loopback only.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly GrpcChannelOptions _options;

    /// <summary>Prepares calls; connects with the first of them.</summary>
    /// <param name="address">Scheme, host and port.</param>
    /// <param name="options">How it is reached.</param>
    public GrpcChannel(Uri address, GrpcChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        (Address, _options) = (address, options);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = options.PingDelay,
            KeepAlivePingTimeout = options.PingTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            InitialHttp2StreamWindowSize = 1024 * 1024,
            MaxResponseHeadersLength = 64,
        };
        if (address.Scheme == Uri.UriSchemeHttps) handler.SslOptions = Tls(address, options);
        else if (address.Scheme != Uri.UriSchemeHttp || !address.IsLoopback) throw new ArgumentException($"`{address}` is not encrypted: use https, or http on loopback", nameof(address));
        _http = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    /// <summary>Whom it calls.</summary>
    public Uri Address { get; }

    /// <summary>Sends a message and reads the one that answers it.</summary>
    /// <param name="method"><c>package.Service/Method</c>.</param>
    /// <param name="request">A frame: <see cref="GrpcFrame.Complete"/>.</param>
    /// <param name="limit">Most bytes of the answer.</param>
    /// <param name="parse">Reads the answer.</param>
    /// <param name="timeout">How long it may take; the server is told.</param>
    /// <param name="cancellationToken">Gives up. What the server did by then is unknown.</param>
    /// <exception cref="GrpcException">It failed.</exception>
    public async Task<T> CallAsync<T>(string method, ReadOnlyMemory<byte> request, int limit, GrpcParser<T> parse, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        using var message = Request(method, request, timeout);
        try
        {
            using var response = await _http.SendAsync(message, deadline.Token);
            GrpcAnswer.CheckHead(response, Address);
            await using var body = await response.Content.ReadAsStreamAsync(deadline.Token);
            var (found, answer) = await GrpcFrame.ReadAsync(body, limit, parse, deadline.Token);
            // The trailers come behind the end of the body, which has to be read for that.
            if (found && await body.ReadAsync(new byte[1], deadline.Token) != 0) throw new GrpcException(GrpcStatus.Internal, $"`{Address}` answered twice", inner: null);
            GrpcAnswer.CheckTrailers(response);
            return found ? answer! : throw new GrpcException(GrpcStatus.Internal, $"`{Address}` answered nothing", inner: null);
        }
        catch (Exception failure) when (GrpcAnswer.IsOfTransport(failure, cancellationToken))
        {
            throw GrpcAnswer.Translate(failure, Address, timeout, (GrpcContent)message.Content!);
        }
    }

    /// <summary>Sends a message and reads answers until the server ends, or the reader leaves.</summary>
    /// <inheritdoc cref="CallAsync"/>
    /// <param name="firstWithin">How long the head of the answer may take.</param>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        string method, ReadOnlyMemory<byte> request, int limit, GrpcParser<T> parse, TimeSpan firstWithin,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var message = Request(method, request, timeout: null);
        using var response = await OpenAsync(message, firstWithin, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        while (true)
        {
            (bool Found, T? Message) next;
            try
            {
                next = await GrpcFrame.ReadAsync(body, limit, parse, cancellationToken);
                if (!next.Found) GrpcAnswer.CheckTrailers(response);
            }
            catch (Exception failure) when (GrpcAnswer.IsOfTransport(failure, cancellationToken))
            {
                throw GrpcAnswer.Translate(failure, Address, firstWithin);
            }

            if (!next.Found) yield break;
            yield return next.Message!;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage message, TimeSpan within, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(within);
        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(message, deadline.Token);
            GrpcAnswer.CheckHead(response, Address);
            return response;
        }
        catch (Exception failure)
        {
            response?.Dispose();
            if (!GrpcAnswer.IsOfTransport(failure, cancellationToken)) throw;
            throw GrpcAnswer.Translate(failure, Address, within);
        }
    }

    private HttpRequestMessage Request(string method, ReadOnlyMemory<byte> frame, TimeSpan? timeout)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, $"/{method}"))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new GrpcContent(frame),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (timeout is { } limit) message.Headers.TryAddWithoutValidation("grpc-timeout", string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)limit.TotalMilliseconds)}m"));
        foreach (var (name, value) in _options.Headers) message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static SslClientAuthenticationOptions Tls(Uri address, GrpcChannelOptions options)
    {
        if (options.Authorities is not { Count: > 0 } authorities) throw new ArgumentException($"`{address}` needs the authorities to trust", nameof(options));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return new SslClientAuthenticationOptions
        {
            TargetHost = address.IdnHost.Trim('[', ']'),
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            LocalCertificateSelectionCallback = options.Certificate is { } own ? (_, _, _, _, _) => own() : null,
        };
    }
}

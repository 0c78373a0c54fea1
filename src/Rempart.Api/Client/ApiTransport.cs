using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Coordination;
using Rempart.Api.Tracing;

namespace Rempart.Api.Client;

/// <summary>Connections to an API server: HTTP/2 over TLS with mutual certificates, and pings that find out a dead peer.</summary>
public static class ApiTransport
{
    /// <summary>
    /// With another server to go to: one that is frozen is left within three times this, so that a node's lease (40 s, renewed each 10 s) does not lapse meanwhile.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>An HTTP client for a connection; WebSockets may use it as their invoker.</summary>
    /// <param name="connection">Server and credentials.</param>
    public static HttpClient Create(ApiConnection connection)
    {
        var client = new HttpClient(connection.Alternates.Count == 0 ? Handler(connection) : new ApiFailover([connection.Server, .. connection.Alternates], Handler(connection)))
        {
            BaseAddress = connection.Server,
            DefaultRequestVersion = new Version(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            // Deadlines are the caller's: they differ between a request and a watch, and run on its TimeProvider.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(connection.UserAgent);
        if (connection.BearerToken is { } token) client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        if (connection.Fence is { } term) client.DefaultRequestHeaders.TryAddWithoutValidation(FencingToken.Header, term.ToString());
        return client;
    }

    private static SocketsHttpHandler Handler(ApiConnection connection) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = SpanPropagation.Instance,
        ConnectTimeout = connection.Alternates.Count == 0 ? TimeSpan.FromSeconds(10) : Patience,
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = connection.Alternates.Count == 0 ? TimeSpan.FromSeconds(20) : Patience,
        KeepAlivePingTimeout = connection.Alternates.Count == 0 ? TimeSpan.FromSeconds(10) : Patience,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        // A renewed certificate is taken up by the next connection.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        MaxResponseHeadersLength = 32,
        SslOptions = Tls(connection),
    };

    private static SslClientAuthenticationOptions Tls(ApiConnection connection)
    {
        var options = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        if (connection.ClientCertificate is { } certificate) options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate()!;
        if (connection.CertificateAuthorityPem is { } pem)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPem(pem);
            options.CertificateChainPolicy = policy;
        }
        return options;
    }
}

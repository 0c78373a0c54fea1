using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.ServiceAccounts;
using Rempart.Store;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>A server on loopback with real TLS, and clients for it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TestCertificates _certificates;
    private readonly IStore _store;
    private readonly ApiServerHost _host;
    private readonly List<IDisposable> _clients = [];

    private TestServer(TestCertificates certificates, IStore store, ApiServerHost host, RememberedAudit audit, ClusterKeys keys)
    {
        (_certificates, _store, _host) = (certificates, store, host);
        (Audit, Keys) = (audit, keys);
        Client = ClientOf("alice");
    }

    /// <summary>Alice, who may do everything.</summary>
    public HttpClient Client { get; }

    public RememberedAudit Audit { get; }

    public ECDsa Approvals => Keys.Approval;

    public ClusterKeys Keys { get; }

    public IStore Store => _store;

    public ApiServerHost Host => _host;

    public TestCertificates Certificates => _certificates;

    public Uri Address => _host.Addresses[0];

    public static async Task<TestServer> StartAsync(IStore? store = null, Func<ApiServerOptions, ApiServerOptions>? change = null)
    {
        var certificates = new TestCertificates();
        store ??= new MemoryStore();
        var audit = new RememberedAudit();
        var keys = new ClusterKeys(
            new CertificateAuthority(CertificateAuthority.CreateRoot("test", TimeProvider.System), TimeProvider.System), ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create(ECCurve.NamedCurves.nistP256), new ServiceAccountKeys([ECDsa.Create(ECCurve.NamedCurves.nistP256)]));
        var options = new ApiServerOptions
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Certificate = () => certificates.Server,
            TrustsClient = certificates.Trusts,
            Store = store,
            Keys = keys,
            Authenticators = _ => [new CertificateNameAuthenticator()],
            Authorizer = _ => new EverythingAllowed(),
            Audit = audit,
            Sealer = new FlippedBits(),
            Logs = NullLoggerFactory.Instance,
        };
        var host = await ApiServerHost.StartAsync(change is null ? options : change(options), CancellationToken.None);
        return new TestServer(certificates, store, host, audit, keys);
    }

    /// <summary>A client with a certificate of that name.</summary>
    /// <param name="name">Its common name, and what follows in the subject; null for none.</param>
    /// <param name="http">The protocol; HTTP/2 by default.</param>
    /// <param name="between">Stands between the client and the server, if anything does.</param>
    public HttpClient ClientOf(string? name, Version? http = null, DelegatingHandler? between = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => _certificates.Trusts((X509Certificate2)certificate!),
            },
        };
        if (name is not null) handler.SslOptions.ClientCertificates = [_certificates.Issue($"CN={name}")];
        if (between is not null) between.InnerHandler = handler;
        var client = new HttpClient((HttpMessageHandler?)between ?? handler) { BaseAddress = Address, DefaultRequestVersion = http ?? HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        _clients.Add(client);
        return client;
    }

    public async Task<(int Code, JsonObject Body)> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/json", HttpClient? client = null)
    {
        // A message of one's own does not take the client's version by itself.
        using var request = new HttpRequestMessage(method, path) { Version = (client ?? Client).DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        using var response = await (client ?? Client).SendAsync(request);
        return ((int)response.StatusCode, (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public Task<(int Code, JsonObject Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<(int Code, JsonObject Body)> PostAsync(string path, string body) => SendAsync(HttpMethod.Post, path, body);

    public Task<(int Code, JsonObject Body)> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body);

    public Task<(int Code, JsonObject Body)> PatchAsync(string path, string body, string type = "application/merge-patch+json") => SendAsync(HttpMethod.Patch, path, body, type);

    public Task<(int Code, JsonObject Body)> DeleteAsync(string path, string? body = null) => SendAsync(HttpMethod.Delete, path, body);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _host.DisposeAsync();
        await _store.DisposeAsync();
        _certificates.Dispose();
        Approvals.Dispose();
        Keys.Tokens.Dispose();
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Infra;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.ServiceAccounts;
using Rempart.ApiServer.Tests.Certificates;
using Rempart.ApiServer.Tests.Http;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Authorization;

/// <summary>A server as it is composed for users: real TLS, real certificates, real roles. It lets any client certificate through the handshake, so that what the pipeline says of it can be seen.</summary>
internal sealed class SecureServer : IAsyncDisposable
{
    private readonly CertificateAuthority authority = TestAuthority.Create(TimeProvider.System);
    private readonly MemoryStore store = new();
    private readonly List<IDisposable> owned = [];
    private readonly ServiceAccountKeys tokens = new([ECDsa.Create(ECCurve.NamedCurves.nistP256)]);
    private ApiServerHost? host;

    /// <summary>The address under which the API says it is known.</summary>
    public const string Issuer = "https://api.example";

    public CertificateAuthority Authority => authority;

    public ServiceAccountKeys Tokens => tokens;

    /// <summary>The clock by which tokens of service accounts are checked.</summary>
    public ShiftedTime Time { get; } = new();

    public RememberedAudit Audit { get; } = new();

    public ApiServerHost Host => host!;

    /// <summary>What has been written so far: as long as it is the same, nothing was left behind.</summary>
    public async Task<long> RevisionAsync() => (await store.CurrentAsync(CancellationToken.None)).Revision;

    public HttpClient Admin => ClientOf("admin", "rempart:administrators");

    public HttpClient Officer => ClientOf("olga", "rempart:security-officers");

    public static async Task<SecureServer> StartAsync()
    {
        var server = new SecureServer();
        using var key = TestAuthority.Key();
        using var issued = server.authority.IssueServer(new PublicKey(key), "server", ["localhost"], [IPAddress.Loopback], TimeSpan.FromHours(1));
        var certificate = server.Own(issued.CopyWithPrivateKey(key));
        server.host = await ApiServerHost.StartAsync(new ApiServerOptions
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Certificate = () => certificate,
            TrustsClient = _ => true,
            Store = server.store,
            Keys = new ClusterKeys(server.authority, server.Own(TestAuthority.Key()), server.Own(TestAuthority.Key()), server.tokens),
            Authenticators = reader =>
            {
                var revocations = new CertificateRevocations();
                reader.Observe(revocations);
                return [new ImpersonationRefusal(), new ClientCertificateAuthenticator(server.authority.Trust, revocations, TimeProvider.System), new ServiceAccountAuthenticator(server.tokens, Issuer, reader, server.Time), new BootstrapTokenAuthenticator(reader, TimeProvider.System)];
            },
            Authorizer = reader => new RequestAuthorizer(reader, NullLogger<RequestAuthorizer>.Instance, TimeProvider.System),
            Prepare = ShippedRolesReconciler.ReconcileAsync,
            Issuer = Issuer,
            Audit = server.Audit,
            Sealer = new FlippedBits(),
            NetworkMembers = new Dictionary<string, IPAddress> { ["host1"] = IPAddress.Parse("10.1.0.1") },
            Logs = NullLoggerFactory.Instance,
        }, CancellationToken.None);
        return server;
    }

    public HttpClient ClientOf(string user, params string[] groups) => Client(CertificateOf(user, groups));

    public X509Certificate2 CertificateOf(string user, params string[] groups) => Own(TestAuthority.Client(authority, user, TimeSpan.FromHours(1), groups));

    public HttpClient Client(X509Certificate2? certificate, string? token = null)
    {
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == authority.Certificate.Subject } };
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        var client = Own(new HttpClient(handler) { BaseAddress = host!.Addresses[0], DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact });
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<string> TokenAsync(string? node)
    {
        var token = BootstrapToken.Create();
        var joining = new BootstrapTokens(host!.Objects, () => host.Writer, TimeProvider.System);
        await joining.AddAsync(new StoredBootstrapToken(token.Id, token.Hash(), TimeProvider.System.GetUtcNow().AddHours(1), node, null), CancellationToken.None);
        return token.Reveal();
    }

    public static async Task<(int Code, JsonObject Body)> SendAsync(HttpClient client, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json"));
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? (JsonObject)JsonNode.Parse(text)! : []);
    }

    /// <summary>Sends what must be done for the story to go on.</summary>
    public static async Task<JsonObject> DoAsync(HttpClient client, HttpMethod method, string path, string? body = null)
    {
        var (code, answer) = await SendAsync(client, method, path, body);
        Assert.True(code is 200 or 201, $"{method} {path}: {answer}");
        return answer;
    }

    /// <summary>Sends what must be refused, and returns the sentence.</summary>
    public static async Task<string> RefusedAsync(int expected, HttpClient client, HttpMethod method, string path, string? body = null)
    {
        var (code, answer) = await SendAsync(client, method, path, body);
        Assert.True(code == expected, $"{method} {path} gave {code}: {answer}");
        return answer["message"]?.GetValue<string>() ?? "";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var thing in owned) thing.Dispose();
        if (host is not null) await host.DisposeAsync();
        await store.DisposeAsync();
        tokens.Dispose();
        authority.Dispose();
    }

    private T Own<T>(T thing) where T : IDisposable
    {
        owned.Add(thing);
        return thing;
    }
}

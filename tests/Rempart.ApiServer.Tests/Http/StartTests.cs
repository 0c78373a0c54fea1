using System.Security.Cryptography.X509Certificates;

namespace Rempart.ApiServer.Tests.Http;

public sealed class StartTests
{
    [Fact]
    public async Task A_server_that_could_not_tell_who_asks_does_not_start()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => TestServer.StartAsync(change: options => options with { Authenticators = _ => [] }));
        Assert.Contains("a server without an authenticator does not start", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_ends_the_handshake()
    {
        await using var server = await TestServer.StartAsync();
        using var others = new TestCertificates();
        using var stranger = others.Issue("CN=alice");
        using var handler = new SocketsHttpHandler { SslOptions = { ClientCertificates = [stranger], RemoteCertificateValidationCallback = (_, shown, _, _) => server.Certificates.Trusts((X509Certificate2)shown!) } };
        using var client = new HttpClient(handler) { BaseAddress = server.Address };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/api/v1/namespaces"));
    }
}

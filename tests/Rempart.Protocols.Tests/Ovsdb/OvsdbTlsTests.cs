using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Protocols.Ovsdb;
using Rempart.Testing.Ovsdb;

namespace Rempart.Protocols.Tests.Ovsdb;

[Trait("level", "real")]
public sealed class OvsdbTlsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Mutual_tls_works_and_the_second_endpoint_is_tried_when_the_first_is_dead()
    {
        using var authority = NewAuthority("trusted");
        using var client = Issue(authority, "client");

        await WithServerAsync(authority, async port =>
        {
            var options = OvsdbClientTests.Options([OvsdbEndpoint.Tls("127.0.0.1", FreePort()), OvsdbEndpoint.Tls("127.0.0.1", port)])
                with
            { Certificate = client, Authorities = [authority] };
            await RunAsync(options, c => c.WaitAsync(_ => c.IsConnected, Patience, TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public async Task A_server_of_another_authority_and_a_client_of_another_authority_are_refused()
    {
        using var authority = NewAuthority("trusted");
        using var stranger = NewAuthority("stranger");
        using var client = Issue(authority, "client");
        using var impostor = Issue(stranger, "client");

        await WithServerAsync(authority, async port =>
        {
            var options = OvsdbClientTests.Options([OvsdbEndpoint.Tls("127.0.0.1", port)]);
            await RunAsync(options with { Certificate = client, Authorities = [stranger] }, RefusedAsync);
            await RunAsync(options with { Certificate = impostor, Authorities = [authority] }, RefusedAsync);
        });
    }

    [Theory]
    [InlineData("tcp:127.0.0.1:6641")]
    [InlineData("ssl:127.0.0.1")]
    [InlineData("ssl::1")]
    [InlineData("unix:relative")]
    [InlineData("ssl:host:0")]
    public void An_endpoint_in_another_form_is_refused(string text) => Assert.Throws<FormatException>(() => OvsdbEndpoint.Parse(text));

    private static async Task RefusedAsync(OvsdbClient client)
    {
        // The server's alert may arrive only after the handshake: any failure counts, a copy of the database does not.
        while (client.LastError is null) await client.NextChangeAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Null(client.Replica);
    }

    private static async Task RunAsync(OvsdbClientOptions options, Func<OvsdbClient, Task> story)
    {
        using var ending = new CancellationTokenSource();
        var client = new OvsdbClient(options, TimeProvider.System);
        var running = client.RunAsync(ending.Token);
        try
        {
            await story(client);
        }
        finally
        {
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task WithServerAsync(X509Certificate2 authority, Func<int, Task> story)
    {
        var folder = Directory.CreateTempSubdirectory("rempart-ovsdb-tls-").FullName;
        try
        {
            using var certificate = Issue(authority, "server");
            using var key = certificate.GetECDsaPrivateKey()!;
            await File.WriteAllTextAsync($"{folder}/key.pem", key.ExportPkcs8PrivateKeyPem());
            await File.WriteAllTextAsync($"{folder}/cert.pem", certificate.ExportCertificatePem());
            await File.WriteAllTextAsync($"{folder}/ca.pem", authority.ExportCertificatePem());
            var port = FreePort();
            using var server = new OvsdbServerProcess($"--remote=pssl:{port}:127.0.0.1", $"--private-key={folder}/key.pem", $"--certificate={folder}/cert.pem", $"--ca-cert={folder}/ca.pem");
            await story(port);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static X509Certificate2 NewAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, TimeProvider.System.GetUtcNow().AddMinutes(-30), TimeProvider.System.GetUtcNow().AddMinutes(30), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

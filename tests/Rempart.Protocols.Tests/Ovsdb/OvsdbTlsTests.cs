using System.Net;
using Rempart.Protocols.Ovsdb;
using Rempart.Testing.Ovsdb;
using Rempart.Testing.Programs;

namespace Rempart.Protocols.Tests.Ovsdb;

[Trait("level", "real")]
public sealed class OvsdbTlsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Mutual_tls_works_and_the_second_endpoint_is_tried_when_the_first_is_dead()
    {
        using var authority = new OvsdbCertificates("trusted");
        using var client = authority.Issue("client");

        await WithServerAsync(authority, async port =>
        {
            var options = OvsdbClientTests.Options([OvsdbEndpoint.Tls("127.0.0.1", FreePort.Next()), OvsdbEndpoint.Tls("127.0.0.1", port)])
                with
            { Credentials = () => new(client, [authority.Authority]) };
            await RunAsync(options, c => c.WaitAsync(_ => c.IsConnected, Patience, TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public async Task A_server_of_another_authority_and_a_client_of_another_authority_are_refused()
    {
        using var authority = new OvsdbCertificates("trusted");
        using var stranger = new OvsdbCertificates("stranger");
        using var client = authority.Issue("client");
        using var impostor = stranger.Issue("client");

        await WithServerAsync(authority, async port =>
        {
            var options = OvsdbClientTests.Options([OvsdbEndpoint.Tls("127.0.0.1", port)]);
            await RunAsync(options with { Credentials = () => new(client, [stranger.Authority]) }, RefusedAsync);
            await RunAsync(options with { Credentials = () => new(impostor, [authority.Authority]) }, RefusedAsync);
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

    private static async Task WithServerAsync(OvsdbCertificates authority, Func<int, Task> story)
    {
        var folder = Directory.CreateTempSubdirectory("rempart-ovsdb-tls-").FullName;
        try
        {
            using var certificate = authority.Issue("server", IPAddress.Loopback);
            await File.WriteAllTextAsync($"{folder}/identity.pem", OvsdbCertificates.Pem(certificate));
            await File.WriteAllTextAsync($"{folder}/ca.pem", authority.Authority.ExportCertificatePem());
            var port = FreePort.Next();
            using var server = new OvsdbServerProcess($"--remote=pssl:{port}:127.0.0.1", $"--private-key={folder}/identity.pem", $"--certificate={folder}/identity.pem", $"--ca-cert={folder}/ca.pem");
            await story(port);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Node.Agent;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Agent;

/// <summary>The node's certificate lives a day, and its server does not answer.</summary>
public sealed class NodeIdentityTests : IDisposable
{
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("identity-");

    [Fact]
    public async Task A_certificate_that_expired_while_offline_ends_the_agent_which_says_how_to_join_again()
    {
        using var api = new FakeApi(_time) { Fault = _ => new() { Status = "Failure", Code = 503, Reason = "ServiceUnavailable", Message = "nobody is there" } };
        var settings = Prepare();
        var identity = new NodeIdentity(settings, _ => api.Client(), _time, NullLogger.Instance);
        await identity.EnsureAsync(TestContext.Current.CancellationToken);
        using var client = api.Client();
        var renewing = identity.RenewAsync(client, TestContext.Current.CancellationToken);

        for (var minutes = 0; minutes < 25 * 60 && !renewing.IsCompleted; minutes += 5)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        var why = await Assert.ThrowsAsync<AgentException>(() => renewing);
        Assert.Contains("`rempart node token create h1`", why.Message, StringComparison.Ordinal);
        Assert.Contains(settings.TokenFile, why.Message, StringComparison.Ordinal);
        // Eight hours of trying, every five minutes at last; the client itself asks up to three times each.
        Assert.InRange(api.Requests.Count, 10, 400);
        // The next start needs a token.
        Assert.Equal(why.Message, (await Assert.ThrowsAsync<AgentException>(() => identity.EnsureAsync(TestContext.Current.CancellationToken))).Message);
    }

    [Theory]
    [InlineData("system:node:h2", "is the certificate of node `h2`, and this agent is started as node `h1`")]
    [InlineData("admin", "is the certificate of `admin`, which is no node, and this agent is started as node `h1`")]
    public async Task Another_nodes_certificate_ends_the_agent_at_once_which_says_whose_it_is(string owner, string says)
    {
        using var api = new FakeApi(_time);
        var settings = Prepare(owner);
        // A token beside it changes nothing: what is in this folder is the other node's.
        await File.WriteAllTextAsync(settings.TokenFile, "abcdef.0123456789abcdef", TestContext.Current.CancellationToken);
        var identity = new NodeIdentity(settings, _ => api.Client(), _time, NullLogger.Instance);
        var why = await Assert.ThrowsAsync<AgentException>(() => identity.EnsureAsync(TestContext.Current.CancellationToken));
        Assert.Contains(settings.IdentityFile, why.Message, StringComparison.Ordinal);
        Assert.Contains(says, why.Message, StringComparison.Ordinal);
        Assert.Contains("`rempart node token create h1`", why.Message, StringComparison.Ordinal);
        Assert.Empty(api.Requests);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private AgentSettings Prepare(string owner = "system:node:h1")
    {
        var settings = new AgentSettings(_folder.FullName, new Uri("https://api.test"), "h1");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={owner}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(_time.GetUtcNow(), _time.GetUtcNow().AddDays(1));
        File.WriteAllText(settings.AuthorityFile, certificate.ExportCertificatePem());
        File.WriteAllText(settings.IdentityFile, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return settings;
    }
}

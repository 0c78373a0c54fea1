using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Node.Agent;

namespace Rempart.Node.Tests.Agent;

/// <summary>A host joins a real server with a token that an operator made.</summary>
[Trait("level", "real")]
public sealed class JoinTests : IAsyncDisposable
{
    private readonly ServerProgram _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("join-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_lets_one_host_in_once_and_only_to_the_pinned_cluster()
    {
        await _server.StartAsync(Stop);
        var token = await TokenAsync("h2");
        var pin = Pin();

        // Another cluster's pin: the token is shown to nobody, and serves afterwards.
        var other = await Assert.ThrowsAsync<AgentException>(() => JoinAsync("a", "h2", token, "sha256:" + new string('0', 64)));
        Assert.Contains("another cluster", other.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "a", "bootstrap-token")));

        await JoinAsync("a", "h2", token, pin);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "a", "node.pem")));
        Assert.False(File.Exists(Path.Combine(_folder, "a", "bootstrap-token")));
        Assert.Contains("joined a cluster before", (await Assert.ThrowsAsync<AgentException>(() => JoinAsync("a", "h2", token, pin))).Message, StringComparison.Ordinal);

        Assert.Contains("used already", (await Assert.ThrowsAsync<AgentException>(() => JoinAsync("b", "h2", token, pin))).Message, StringComparison.Ordinal);
        Assert.Contains("serves node `h3`", (await Assert.ThrowsAsync<AgentException>(async () => await JoinAsync("b", "h4", await TokenAsync("h3"), pin))).Message, StringComparison.Ordinal);
        Assert.Contains("unknown or has ended", (await Assert.ThrowsAsync<AgentException>(() => JoinAsync("b", "h4", BootstrapToken.Create(), pin))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "b", "bootstrap-token")));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Pin()
    {
        using var authority = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(File.ReadAllText(_server.PathOf("pki/ca.pem")));
        return AuthorityPin.Of(authority);
    }

    private async Task<BootstrapToken> TokenAsync(string node)
    {
        using var admin = _server.Client("admin");
        var token = BootstrapToken.Create();
        await admin.CreateAsync(new NodeToken { Metadata = new ObjectMeta { Name = token.Id }, Spec = new NodeTokenSpec { Node = node, Hash = token.Hash() } }, Stop);
        return token;
    }

    private Task JoinAsync(string folder, string node, BootstrapToken token, string pin) =>
        new JoinCommand(new JoinOptions(Path.Combine(_folder, folder), _server.Url, node, token, pin), TimeProvider.System, NullLoggerFactory.Instance).RunAsync(token, Stop);
}

using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Node.Agent;
using Rempart.Testing.Programs;

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

    [Fact]
    public async Task The_command_line_makes_a_token_shows_what_became_of_it_and_ends_another()
    {
        await _server.StartAsync(Stop);
        var (made, token, told) = await RempartAsync("node", "token", "create", "h2", "--minutes", "5");
        Assert.True(made == 0, told);
        Assert.Contains($"--server {_server.Url.GetLeftPart(UriPartial.Authority)} --name h2 --ca-hash {Pin()} --token -", told, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Trim(), told, StringComparison.Ordinal);
        var parsed = BootstrapToken.Parse(token.Trim())!;
        var (_, open, _) = await RempartAsync("node", "token", "list");
        Assert.Matches($@"(?m)^{parsed.Id}\s+h2\s+\S+\s+no\s+<none>$", open.Replace("\r", "", StringComparison.Ordinal));

        await JoinAsync("cli", "h2", parsed, Pin());
        var (_, used, _) = await RempartAsync("node", "token", "list");
        Assert.Matches($@"(?m)^{parsed.Id}\s+h2\s+\S+\s+\d{{4}}-", used);
        Assert.DoesNotContain(token.Trim(), open + used, StringComparison.Ordinal);

        var (_, second, _) = await RempartAsync("node", "token", "create", "h3");
        var other = BootstrapToken.Parse(second.Trim())!;
        var (deleted, said, _) = await RempartAsync("node", "token", "delete", other.Id);
        Assert.Equal((0, $"nodetokens.infra.rempart.dev/{other.Id} deleted"), (deleted, said.Trim()));
        Assert.Contains("unknown or has ended", (await Assert.ThrowsAsync<AgentException>(() => JoinAsync("late", "h3", other, Pin()))).Message, StringComparison.Ordinal);
        Assert.NotEqual(0, (await RempartAsync("node", "token", "delete", other.Id)).Code);
        Assert.NotEqual(0, (await RempartAsync("node", "token", "create", "h4", "--minutes", "2000")).Code);
    }

    private async Task<(int Code, string Output, string Errors)> RempartAsync(params string[] arguments)
    {
        var program = BuiltProgram.Cli;
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = _server.PathOf("admin.kubeconfig");
        start.Environment["HOME"] = _folder;
        using var process = System.Diagnostics.Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output, await errors);
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

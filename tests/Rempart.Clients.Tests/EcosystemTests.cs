using Rempart.Clients.Tests.Servers;

namespace Rempart.Clients.Tests;

/// <summary>
/// Clients that others wrote, as their users use them: Debian's python3-kubernetes, npm's <c>@kubernetes/client-node</c>, Ansible's
/// <c>kubernetes.core</c>. What each is to see is in its script; here the world around it is moved.
/// </summary>
[Trait("level", "real")]
public sealed class EcosystemTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string AllWell = "all as it should be";

    private RealServer Server => fixture.Server;

    [Fact]
    public async Task Pythons_dynamic_client_discovers_creates_patches_applies_lists_in_parts_and_resumes_its_watch()
    {
        await using var proxy = new CuttingProxy(Server.Address);
        // Debian's interpreter, whose packages these are; another may come first on the PATH.
        var printed = await ClientProgram.RunAsync("/usr/bin/python3", [Beside("Python/dynamic_client.py")], ClientProgram.Redirected(Server, proxy.Address, "python"), word => MoveAsync(proxy, word));
        Assert.Contains(AllWell, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_informer_follows_over_cut_connections_and_a_server_that_was_away()
    {
        await using var proxy = new CuttingProxy(Server.Address);
        var printed = await ClientProgram.RunAsync("node", [Beside("Node/informer.mjs")], ClientProgram.Redirected(Server, proxy.Address, "node"), word => MoveAsync(proxy, word),
            ("REMPART_NODE_MODULES", NodeModules()));
        Assert.Contains(AllWell, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ansible_changes_nothing_the_second_time_and_nothing_on_trial()
    {
        var kubeconfig = ClientProgram.Redirected(Server, Server.Address, "ansible");
        var printed = await ClientProgram.RunAsync("ansible-playbook", ["-i", "localhost,", Beside("Ansible/play.yaml")], kubeconfig, null,
            ("K8S_AUTH_KUBECONFIG", kubeconfig), ("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3"), ("ANSIBLE_NOCOLOR", "1"), ("ANSIBLE_LOCALHOST_WARNING", "0"), ("LC_ALL", "C.UTF-8"));
        Assert.Matches(@"localhost +: ok=\d+ +changed=\d+ +unreachable=0 +failed=0 +skipped=0", printed);
    }

    private static string Beside(string path) => Path.Combine(AppContext.BaseDirectory, path);

    // Where `./dev test` installs what package-lock.json names.
    private static string NodeModules()
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../npm/node_modules"));
        Assert.True(Directory.Exists(folder), $"`{folder}` is missing: `./dev test Clients` installs it");
        return Path.GetDirectoryName(folder)!;
    }

    private async Task MoveAsync(CuttingProxy proxy, string word)
    {
        switch (word)
        {
            case "cut":
                Assert.NotEqual(0, proxy.Cut());
                break;
            case "restart":
                await Server.KillAsync();
                await Server.StartAgainAsync(TestContext.Current.CancellationToken);
                break;
            default:
                Assert.Fail($"a client asked for `{word}`");
                break;
        }
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Lab.Layout;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests;

/// <summary>Who is no member of the cluster does not become one, and a member is nobody else: with the programs and words of an operator and of a thief.</summary>
[Trait("level", "lab")]
public sealed partial class MembershipTests(SharedLab lab)
{
    private const string Stranger = "stranger";

    [Fact]
    public async Task A_wrong_token_and_one_that_was_used_let_nobody_in()
    {
        var (code, token, said) = await Tools.Command.TryAsync([lab.Cluster.Cli, "node", "token", "create", Stranger], null, SharedLab.Token, lab.Cluster.Environment);
        Assert.True(code == 0, said);
        var pin = Pin().Match(said).Groups["hash"].Value;
        var wrong = $"{token.Trim()[..^4]}0000";
        try
        {
            Assert.Contains("could not join", await RefusedAsync("wrong", wrong, pin), StringComparison.Ordinal);
            Assert.Contains("another cluster", await RefusedAsync("elsewhere", token, "sha256:" + new string('0', 64)), StringComparison.Ordinal);
            await lab.Host(2).RunAsync(Join("first", pin), token, SharedLab.Token);

            Assert.Contains("used already", await RefusedAsync("second", token, pin), StringComparison.Ordinal);

            Assert.Equal(["host1", "host2", "host3"], (await lab.Api.ListAllAsync<Node>(ListQuery.All, SharedLab.Token)).Items.Select(node => node.Metadata.Name!).Where(name => name != Stranger).Order(StringComparer.Ordinal));
        }
        finally
        {
            await lab.Host(2).RunAsync(["sh", "-c", "rm -rf /tmp/join-*"], null, CancellationToken.None);
            if (await lab.Api.FindAsync<Node>(null, Stranger, CancellationToken.None) is not null) await lab.Api.DeleteAsync<Node>(null, Stranger, null, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_host_with_the_certificate_of_another_is_that_other_one_and_no_more()
    {
        // The thief is on host2 and has what host3 has.
        const string stolen = "/tmp/stolen.pem";
        await lab.Host(2).RunAsync(["sh", "-c", $"umask 077; cat > {stolen}"], await File.ReadAllTextAsync(Path.Combine(lab.Host(3).Layout.InstanceFolder, "node/node.pem"), SharedLab.Token), SharedLab.Token);
        try
        {
            Assert.Equal(200, await AskAsync(stolen, "GET", "/api/v1/nodes/host3"));
            foreach (var server in new[] { 1, 2 })
            {
                Assert.Equal(403, await AskAsync(stolen, "GET", "/api/v1/nodes/host2", server));
                Assert.Equal(403, await AskAsync(stolen, "PATCH", "/api/v1/nodes/host2/status", server));
                Assert.Equal(403, await AskAsync(stolen, "PATCH", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/host2", server));
                Assert.Equal(403, await AskAsync(stolen, "GET", "/api/v1/secrets", server));
            }
        }
        finally
        {
            await lab.Host(2).RunAsync(["rm", "-f", stolen], null, CancellationToken.None);
        }
    }

    private string[] Join(string folder, string pin) =>
        [HostLayout.Program("node"), "join", "--data", $"/tmp/join-{folder}", "--server", lab.Host(1).Layout.ApiServer.GetLeftPart(UriPartial.Authority), "--name", Stranger, "--ca-hash", pin, "--token", "-"];

    private async Task<string> RefusedAsync(string folder, string token, string pin)
    {
        var (code, _, errors) = await Tools.Command.TryAsync(lab.Host(2).Command(Join(folder, pin)), token, SharedLab.Token);
        Assert.Equal(1, code);
        return errors;
    }

    private async Task<int> AskAsync(string certificate, string method, string path, int server = 1)
    {
        string[] body = method == "PATCH" ? ["-H", "Content-Type: application/merge-patch+json", "--data", "{}"] : [];
        var answer = await lab.Host(2).RunAsync(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", "--cacert", $"{lab.Host(2).Layout.InsideFolder}/node/ca.crt", "--cert", certificate, "-X", method, .. body, $"{lab.Host(server).Layout.ApiServer.GetLeftPart(UriPartial.Authority)}{path}"],
            null, SharedLab.Token);
        return int.Parse(answer, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"--ca-hash (?<hash>sha256:[0-9a-f]{64})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pin();
}

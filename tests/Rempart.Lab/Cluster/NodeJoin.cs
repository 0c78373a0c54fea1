using System.Text.RegularExpressions;
using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Cluster;

/// <summary>Makes a host a node, by a one-time token and the words that docs/design/joining.md gives an operator.</summary>
internal static partial class NodeJoin
{
    /// <summary>Whether it has joined.</summary>
    internal static bool HasJoined(HostLayout host) => File.Exists(Path.Combine(host.InstanceFolder, "node/node.pem"));

    internal static async Task RunAsync(LabHost host, HostServices services, string cli, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var (code, token, said) = await Command.TryAsync([cli, "node", "token", "create", host.Name], null, cancellationToken, environment);
        if (code != 0 || Pin().Match(said) is not { Success: true } pin) throw new LabException($"no token for {host.Name}: {said.Trim()}");
        await host.RunAsync(
            [HostLayout.Program("node"), "join", "--data", services.NodeFolder, "--server", Server().Match(said).Groups["url"].Value, "--name", host.Name, "--ca-hash", pin.Groups["hash"].Value, "--token", "-"],
            token, cancellationToken);
    }

    [GeneratedRegex(@"--ca-hash (?<hash>sha256:[0-9a-f]{64})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pin();

    [GeneratedRegex(@"--server (?<url>https://\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Server();
}

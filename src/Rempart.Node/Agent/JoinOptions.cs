using Rempart.Api.Infra;

namespace Rempart.Node.Agent;

/// <summary>Arguments of `rempart-node join`.</summary>
/// <param name="DataFolder">The agent's folder, absolute.</param>
/// <param name="Server">The API server.</param>
/// <param name="NodeName">Name of the node.</param>
/// <param name="Token">One-time token; null to read it from standard input.</param>
/// <param name="Pin">Names the cluster's CA.</param>
internal sealed record JoinOptions(string DataFolder, Uri Server, string NodeName, BootstrapToken? Token, string Pin)
{
    internal const string Usage = "usage: rempart-node join --data DIR --server URL --token TOKEN|- --ca-hash sha256:HEX [--name NODE]";

    /// <summary>Reads the arguments after `join`.</summary>
    /// <exception cref="AgentException">They make no sense; says which.</exception>
    public static JoinOptions Parse(IReadOnlyList<string> arguments, string hostName)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count) throw new AgentException($"`{arguments[i]}` lacks its value; {Usage}");
            if (arguments[i] is not ("--data" or "--server" or "--token" or "--ca-hash" or "--name")) throw new AgentException($"`{arguments[i]}` is not known; {Usage}");
            if (!given.TryAdd(arguments[i], arguments[i + 1])) throw new AgentException($"`{arguments[i]}` is given twice");
        }

        if (!given.TryGetValue("--data", out var data) || !given.TryGetValue("--server", out var server) || !given.TryGetValue("--token", out var token) || !given.TryGetValue("--ca-hash", out var pin))
            throw new AgentException(Usage);
        if (!Uri.TryCreate(server, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps) throw new AgentException($"`--server` must be an https address, not `{server}`");
        if (!AuthorityPin.IsPin(pin)) throw new AgentException("`--ca-hash` must be `sha256:` and 64 hexadecimal digits, as `rempart node token create` prints it");
        return new JoinOptions(Path.GetFullPath(data), url, (given.GetValueOrDefault("--name") ?? hostName).ToLowerInvariant(), token == "-" ? null : ReadToken(token), pin);
    }

    /// <summary>Reads a token.</summary>
    /// <exception cref="AgentException">The text is none. It is not repeated: it may be a mistyped secret.</exception>
    public static BootstrapToken ReadToken(string text) =>
        BootstrapToken.Parse(text.Trim()) ?? throw new AgentException("`--token` is no token: it has 8 characters, a dot and 32 characters, as `rempart node token create` prints it");
}

using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Rempart.Api.Infra;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart node token create</c>: the token is made here, and only its hash is sent. It is shown once, on stdout; what to do with it is told on stderr.</summary>
internal sealed class NodeTokenCreateCommand : ApiCommand
{
    private readonly Argument<string> _node = new("node") { Description = "name that the host will have" };
    private readonly Option<int> _minutes = new("--minutes") { Description = "how long the token may be used, 1 to 1440", DefaultValueFactory = _ => 60 };
    private readonly Option<string[]> _labels = new("--label", "-l") { Description = "label that the host has from the start, such as topology.kubernetes.io/zone=a; may be given several times", HelpName = "key=value" };

    public NodeTokenCreateCommand() : base("create", "Makes a token with which one host joins once, and prints what to run there.")
    {
        Arguments.Add(_node);
        Options.Add(_minutes);
        Options.Add(_labels);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var pin = Pin(scope.CertificateAuthority ?? throw new CliException("the kubeconfig names no CA certificate, so the host could not know its server: use one with `certificate-authority`"));
        var (node, minutes) = (parse.GetValue(_node)!, parse.GetValue(_minutes));
        if (minutes is < 1 or > 1440) throw new CliException("`--minutes` must be between 1 and 1440", ExitCode.Usage);
        var labels = Labels(parse.GetValue(_labels) ?? []);
        var type = (await scope.CatalogAsync(cancellationToken)).Find("nodetokens.infra.rempart.dev");
        var token = BootstrapToken.Create();
        var document = new JsonObject
        {
            ["apiVersion"] = type.ApiVersion,
            ["kind"] = type.Kind,
            ["metadata"] = new JsonObject { ["name"] = token.Id },
            ["spec"] = new JsonObject { ["node"] = node, ["hash"] = Convert.ToBase64String(token.Hash()), ["expirationSeconds"] = minutes * 60 },
        };
        // A server of before does not know them, and is not told of them without need.
        if (labels is not null) document["spec"]!["labels"] = labels;
        await scope.Session.SendAsync(HttpMethod.Post, type.Path(null), document, cancellationToken);
        await scope.Error.WriteLineAsync($"This token is shown once. It lets one host join as `{node}`, within {minutes} minutes. On that host run, as root:");
        await scope.Error.WriteLineAsync();
        await scope.Error.WriteLineAsync($"  rempart-node join --data /var/lib/rempart/node --server {scope.Session.Server.GetLeftPart(UriPartial.Authority)} --name {node} --ca-hash {pin} --token -");
        await scope.Error.WriteLineAsync();
        await scope.Error.WriteLineAsync("and type the token:");
        await scope.Out.WriteLineAsync(token.Reveal());
        if (scope.Session.Server.IsLoopback) await scope.Error.WriteLineAsync("The address in your kubeconfig is this host's own: another host needs one that it can reach, and the server must listen there (`--listen`).");
        return ExitCode.Ok;
    }

    /// <summary>`key=value` each; what a key or value may be is the server's to say. Null without any.</summary>
    internal static JsonObject? Labels(IReadOnlyList<string> given)
    {
        if (given.Count == 0) return null;
        var labels = new JsonObject();
        foreach (var label in given)
        {
            if (label.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at)) throw new CliException($"`--label` is KEY=VALUE, not `{label}`", ExitCode.Usage);
            if (!labels.TryAdd(label[..at], label[(at + 1)..])) throw new CliException($"label `{label[..at]}` is given twice", ExitCode.Usage);
        }

        return labels;
    }

    private static string Pin(string pem)
    {
        try
        {
            using var authority = X509Certificate2.CreateFromPem(pem);
            return AuthorityPin.Of(authority);
        }
        catch (CryptographicException)
        {
            throw new CliException("the CA certificate in the kubeconfig can't be read");
        }
    }
}

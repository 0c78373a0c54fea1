using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart node remove</c>.</summary>
internal sealed class NodeRemoveCommand : ApiCommand
{
    private readonly NameArgument<string> _name = new("node", "nodes") { Description = "name of the node" };
    private readonly Option<bool> _force = new("--force") { Description = "although machines are bound to it: the host is gone for good" };

    public NodeRemoveCommand() : base("remove", "Takes a host out of the cluster: its certificate ends at once, and what is known of it goes. Refused while machines are bound to it.")
    {
        Arguments.Add(_name);
        Options.Add(_force);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var name = parse.GetValue(_name)!;
        var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (parse.GetValue(_force)) options["gracePeriodSeconds"] = 0;
        await scope.Session.SendAsync(HttpMethod.Delete, $"/api/v1/nodes/{Uri.EscapeDataString(name)}", options, cancellationToken);
        await scope.Out.WriteLineAsync($"node/{name} removed; its certificate counts no more. To join again: rempart node token create {name}");
        return ExitCode.Ok;
    }
}

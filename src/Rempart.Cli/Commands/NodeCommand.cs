using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart node</c>.</summary>
internal sealed class NodeCommand : Command
{
    public NodeCommand() : base("node", "Lets hosts join the cluster, and removes them.")
    {
        Subcommands.Add(new NodeRemoveCommand());
        Subcommands.Add(new Command("token", "One-time tokens with which hosts join.") { new NodeTokenCreateCommand(), new NodeTokenListCommand(), new NodeTokenDeleteCommand() });
    }
}

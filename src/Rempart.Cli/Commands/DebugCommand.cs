using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart debug</c>.</summary>
internal sealed class DebugCommand : Command
{
    public DebugCommand() : base("debug", "Helps to find out what is wrong.") => Subcommands.Add(new DebugBundleCommand());
}

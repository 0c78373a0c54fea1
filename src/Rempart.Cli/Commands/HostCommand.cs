using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart host</c>.</summary>
internal sealed class HostCommand : Command
{
    public HostCommand() : base("host", "Takes hosts into maintenance and back.") => Subcommands.Add(new HostMaintenanceCommand());
}

using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart vm</c>: start, stop, restart, reset, pause and resume machines.</summary>
internal sealed class VmCommand : Command
{
    public VmCommand() : base("vm", "Starts, stops, restarts, pauses and resumes machines.")
    {
        Subcommands.Add(new VmOperationCommand("start", "Starts a machine.", "Running", canForce: false));
        Subcommands.Add(new VmOperationCommand("stop", "Asks the guest to shut down and stops the machine; --force doesn't ask.", "Stopped", canForce: true));
        Subcommands.Add(new VmOperationCommand("restart", "Shuts the guest down and starts it again; --force doesn't ask.", "Running", canForce: true));
        Subcommands.Add(new VmOperationCommand("reset", "Presses the reset button.", "Running", canForce: false));
        Subcommands.Add(new VmOperationCommand("pause", "Holds the guest's processors.", "Paused", canForce: false));
        Subcommands.Add(new VmOperationCommand("resume", "Lets the guest's processors go on.", "Running", canForce: false));
    }
}

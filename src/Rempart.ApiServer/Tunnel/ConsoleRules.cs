using Rempart.Api.Compute;

namespace Rempart.ApiServer.Tunnel;

/// <summary>When a machine has a console.</summary>
internal static class ConsoleRules
{
    /// <summary>WebSocket subprotocol: binary messages, the first byte 0 for data and 1 for a control document.</summary>
    public const string Protocol = "console.rempart.dev";

    /// <summary>Why the machine has no console now; null when it may have one (the node knows better).</summary>
    public static string? Refusal(VirtualMachine machine) => machine.Status switch
    {
        { NodeName: not { Length: > 0 } } or null => "the machine has no node yet, so it has no console",
        { Phase: MachinePhase.Starting or MachinePhase.Running or MachinePhase.Paused or MachinePhase.Stopping } => null,
        { Phase: MachinePhase.Stopped or MachinePhase.Failed } => "the machine does not run, so it has no console: start it first",
        _ => "the machine does not run yet, so it has no console",
    };
}

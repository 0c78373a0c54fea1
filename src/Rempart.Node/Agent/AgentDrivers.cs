using Rempart.Node.Machines;
using Rempart.Node.Networks;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;

namespace Rempart.Node.Agent;

/// <summary>What the agent works with on its host.</summary>
internal sealed record AgentDrivers
{
    public required IWorkloadDriver<MachineLaunch> Machines { get; init; }

    /// <summary>The same machines, held and let go.</summary>
    public required IWorkloadPause Pausing { get; init; }

    /// <summary>The same machines, moved from host to host; null where they can't be.</summary>
    public IMachineMoves? Moves { get; init; }

    public required IVolumePools Volumes { get; init; }

    /// <summary>Whoever makes or deletes a volume's data, or says of it that it is here, holds the turn of its uid.</summary>
    public KeyedGate VolumeTurns { get; } = new();

    public required IImageStore Images { get; init; }

    public required INetworkDriver Networks { get; init; }

    public required ISeedStore Seeds { get; init; }

    /// <summary>Opens the tap of a plugged port.</summary>
    public required Func<NetworkPort, Microsoft.Win32.SafeHandles.SafeFileHandle> OpenTap { get; init; }

    /// <summary>How machines are run on this host.</summary>
    public required Accelerator Accelerator { get; init; }
}

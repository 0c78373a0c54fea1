namespace Rempart.Api.Compute;

/// <summary>Values of <see cref="VirtualMachineStatus.Phase"/>.</summary>
public static class MachinePhase
{
    /// <summary>Not yet placed on a host.</summary>
    public const string Pending = "Pending";

    /// <summary>Placed; the host prepares volumes and network.</summary>
    public const string Scheduled = "Scheduled";

    /// <summary>The process is being started.</summary>
    public const string Starting = "Starting";

    /// <summary>The guest's processors run.</summary>
    public const string Running = "Running";

    /// <summary>The guest's processors are held.</summary>
    public const string Paused = "Paused";

    /// <summary>The guest was asked to shut down.</summary>
    public const string Stopping = "Stopping";

    /// <summary>No process, in good order.</summary>
    public const string Stopped = "Stopped";

    /// <summary>No process, and the last run ended in failure or can't be started.</summary>
    public const string Failed = "Failed";
}

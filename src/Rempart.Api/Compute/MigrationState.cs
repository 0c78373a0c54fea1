namespace Rempart.Api.Compute;

/// <summary>Values of <see cref="MigrationTargetStatus.State"/> and <see cref="MigrationSourceStatus.State"/>.</summary>
public static class MigrationState
{
    /// <summary>It makes ready.</summary>
    public const string Preparing = "Preparing";

    /// <summary>Target: it takes memory and disks.</summary>
    public const string Listening = "Listening";

    /// <summary>Target: it has everything, and the guest stands still there.</summary>
    public const string Loaded = "Loaded";

    /// <summary>Target: the machine is bound to it and runs.</summary>
    public const string Running = "Running";

    /// <summary>Source: disks and memory are being sent while the guest runs.</summary>
    public const string Transferring = "Transferring";

    /// <summary>Source: the guest stands still for the last of it.</summary>
    public const string Paused = "Paused";

    /// <summary>Source: everything was sent, and the guest stands still here.</summary>
    public const string Sent = "Sent";

    /// <summary>Source: the move was given up and the guest runs here as before.</summary>
    public const string Resumed = "Resumed";

    /// <summary>It can't go on. Before the commit this ends the move.</summary>
    public const string Failed = "Failed";

    /// <summary>Nothing of the machine is left: on the source behind the commit, on the target when the move was given up.</summary>
    public const string Released = "Released";
}

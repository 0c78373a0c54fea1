namespace Rempart.Api.Compute;

/// <summary>Values of <see cref="MachineMigrationStatus.Phase"/>.</summary>
public static class MigrationPhase
{
    /// <summary>Waits for a target.</summary>
    public const string Pending = "Pending";

    /// <summary>The target makes ready.</summary>
    public const string Preparing = "Preparing";

    /// <summary>Disks and memory are being sent; the guest runs on the source.</summary>
    public const string Transferring = "Transferring";

    /// <summary>The guest stands still, or runs on the target while the source tidies up.</summary>
    public const string Switching = "Switching";

    /// <summary>The machine runs on the target and nothing of it is left on the source.</summary>
    public const string Completed = "Completed";

    /// <summary>Given up because something failed; the machine is the source's as before.</summary>
    public const string Failed = "Failed";

    /// <summary>Given up because somebody asked for it; the machine is the source's as before.</summary>
    public const string Canceled = "Canceled";

    /// <summary>Whether a move in this phase is over: no commit follows. A move without a phase is not over.</summary>
    /// <param name="phase">The phase.</param>
    public static bool IsEnded(string? phase) => phase is Completed or Failed or Canceled;
}

namespace Rempart.Api.Infra;

/// <summary>Values of <see cref="HostMaintenanceStatus.Phase"/>.</summary>
public static class MaintenancePhase
{
    /// <summary>Machines move away, or are about to.</summary>
    public const string Draining = "Draining";

    /// <summary>Nothing moves, and what is left can't. It is tried again by itself.</summary>
    public const string Blocked = "Blocked";

    /// <summary>Nothing runs there.</summary>
    public const string Drained = "Drained";

    /// <summary>It is being ended.</summary>
    public const string Leaving = "Leaving";
}

namespace Rempart.Api.Infra;

/// <summary>How a host is emptied.</summary>
public sealed record HostMaintenanceSpec
{
    /// <summary>Machines that move at once unless it is said.</summary>
    public const int UsualParallel = 2;

    /// <summary>Machines that move at once: 1 to 16, default 2.</summary>
    public int? Parallel { get; init; }
}

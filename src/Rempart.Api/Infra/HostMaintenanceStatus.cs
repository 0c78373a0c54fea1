using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>How far a maintenance is. Written by the maintenance controller.</summary>
public sealed record HostMaintenanceStatus
{
    /// <summary>Blockers that are named.</summary>
    public const int MostBlockers = 64;

    /// <summary><c>Draining</c>, <c>Blocked</c> (nothing moves, and what is left can't), <c>Drained</c>, or <c>Leaving</c> while it is being ended.</summary>
    [OneOf(MaintenancePhase.Draining, MaintenancePhase.Blocked, MaintenancePhase.Drained, MaintenancePhase.Leaving)]
    public string? Phase { get; init; }

    /// <summary>Why, for people: a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>Whether this made the host unschedulable, and so lets it be scheduled to again in the end.</summary>
    public bool? Cordoned { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When nothing ran there any more.</summary>
    public DateTimeOffset? DrainedAt { get; init; }

    /// <summary>Machines that run there still, or are about to: those that were bound just before, and those on the way there.</summary>
    public int? MachinesLeft { get; init; }

    /// <summary>Machines that are moving away now.</summary>
    public int? MachinesMoving { get; init; }

    /// <summary>Machines there that are stopped; they stay.</summary>
    public int? MachinesStopped { get; init; }

    /// <summary>What can't move, and why; 64 at most.</summary>
    public IReadOnlyList<MaintenanceBlocker>? Blockers { get; init; }
}

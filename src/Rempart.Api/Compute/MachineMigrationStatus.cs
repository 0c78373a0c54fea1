using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>How far a move is. Each field has one writer: the migration controller but where another one is named.</summary>
public sealed record MachineMigrationStatus
{
    /// <summary><c>Pending</c>, <c>Preparing</c>, <c>Transferring</c>, <c>Switching</c>, <c>Completed</c>, <c>Failed</c> or <c>Canceled</c>.</summary>
    [OneOf(MigrationPhase.Pending, MigrationPhase.Preparing, MigrationPhase.Transferring, MigrationPhase.Switching, MigrationPhase.Completed, MigrationPhase.Failed, MigrationPhase.Canceled)]
    public string? Phase { get; init; }

    /// <summary>Why it is in its phase, for programs: one CamelCase word.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it is in its phase, for people: a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>When source and target were told to begin.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Uid of the machine. Written at creation by the server.</summary>
    public string? MachineUid { get; init; }

    /// <summary>The host that the machine ran on when the move began.</summary>
    public string? SourceNode { get; init; }

    /// <summary>The host that the machine moves to.</summary>
    public string? TargetNode { get; init; }

    /// <summary>The machine's <c>status.runGeneration</c> when the move began; the commit raises it by one.</summary>
    public long? RunGeneration { get; init; }

    /// <summary>What the target says. Written by the target's node alone.</summary>
    public MigrationTargetStatus? Target { get; init; }

    /// <summary>What the source says. Written by the source's node alone.</summary>
    public MigrationSourceStatus? Source { get; init; }

    /// <summary><c>Committed</c>: the machine belongs to the target. Written by the server with the commit, once.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

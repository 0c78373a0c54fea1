using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What the target of a move says.</summary>
public sealed record MigrationTargetStatus
{
    /// <summary><c>Preparing</c>, <c>Listening</c>, <c>Loaded</c>, <c>Running</c>, <c>Failed</c> or <c>Released</c>.</summary>
    [OneOf(MigrationState.Preparing, MigrationState.Listening, MigrationState.Loaded, MigrationState.Running, MigrationState.Failed, MigrationState.Released)]
    public string? State { get; init; }

    /// <summary>Why, for people: a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>Address of the target on the migration plane.</summary>
    public string? Address { get; init; }

    /// <summary>TCP port that memory is sent to.</summary>
    public int? MemoryPort { get; init; }

    /// <summary>TCP port that disks are sent to; unset when none goes along.</summary>
    public int? DiskPort { get; init; }

    /// <summary>Certificate in PEM of the authority that the target made for this move alone.</summary>
    public string? Authority { get; init; }
}

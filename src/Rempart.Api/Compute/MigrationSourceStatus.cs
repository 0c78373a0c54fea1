using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What the source of a move says.</summary>
public sealed record MigrationSourceStatus
{
    /// <summary><c>Preparing</c>, <c>Transferring</c>, <c>Paused</c>, <c>Sent</c>, <c>Failed</c>, <c>Resumed</c> or <c>Released</c>.</summary>
    [OneOf(MigrationState.Preparing, MigrationState.Transferring, MigrationState.Paused, MigrationState.Sent, MigrationState.Failed, MigrationState.Resumed, MigrationState.Released)]
    public string? State { get; init; }

    /// <summary>Why, for people: a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>Certificate in PEM of the authority that the source made for this move alone.</summary>
    public string? Authority { get; init; }

    /// <summary>Address of the source on the migration plane: the target takes connections from no other.</summary>
    public string? Address { get; init; }

    /// <summary>What the guest sees of its machine.</summary>
    public MigrationMachine? Machine { get; init; }

    /// <summary>What was sent, and what is left.</summary>
    public MigrationProgress? Progress { get; init; }

    /// <summary>Milliseconds for which the guest stood still, as QEMU says; set once it runs on the target.</summary>
    public long? DowntimeMilliseconds { get; init; }
}

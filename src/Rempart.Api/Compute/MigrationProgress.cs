namespace Rempart.Api.Compute;

/// <summary>What was sent of a machine's memory, and what is left, as QEMU counts it (<c>query-migrate</c>).</summary>
public sealed record MigrationProgress
{
    /// <summary>Memory of the machine, bytes.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Bytes that were sent; more than the total when the guest writes again what was sent.</summary>
    public long? TransferredBytes { get; init; }

    /// <summary>Bytes that are still to be sent.</summary>
    public long? RemainingBytes { get; init; }

    /// <summary>Bytes a second that the guest writes anew.</summary>
    public long? DirtyBytesPerSecond { get; init; }

    /// <summary>Bytes a second that are sent.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Seconds until the switch, when it goes on like this; unset when the guest writes faster than it can be sent.</summary>
    public long? EstimatedSecondsLeft { get; init; }

    /// <summary>All disks that go along, together; unset when none does.</summary>
    public MigrationDiskProgress? Disks { get; init; }

    /// <summary>How many times memory was gone through.</summary>
    public long? Iteration { get; init; }
}

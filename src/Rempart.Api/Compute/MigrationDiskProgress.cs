namespace Rempart.Api.Compute;

/// <summary>What was sent of a machine's disks, and what is left.</summary>
public sealed record MigrationDiskProgress
{
    /// <summary>Bytes to be sent; rises when the guest writes.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public long? TransferredBytes { get; init; }

    /// <summary>Bytes that are still to be sent.</summary>
    public long? RemainingBytes { get; init; }
}

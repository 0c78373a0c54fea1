using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>A record on its way to the disk.</summary>
/// <param name="record">The record.</param>
/// <param name="isAwaited">Whether somebody waits for it; else it goes with the next that is awaited.</param>
internal sealed class PendingRecord(AuditRecord record, bool isAwaited)
{
    private readonly TaskCompletionSource<long>? _written = isAwaited ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;

    public AuditRecord Record => record;

    public bool IsAwaited => isAwaited;

    /// <summary>The sequence number, once durable.</summary>
    public Task<long> Written => _written?.Task ?? throw new InvalidOperationException("nobody waits for this record");

    public void Complete(long sequence) => _written?.TrySetResult(sequence);

    public void Fail(AuditUnavailableException failure) => _written?.TrySetException(failure);
}

using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>A record on its way to the disk.</summary>
internal sealed class PendingRecord(AuditRecord record)
{
    private readonly TaskCompletionSource<long> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AuditRecord Record => record;

    /// <summary>The sequence number, once durable.</summary>
    public Task<long> Written => _written.Task;

    public void Complete(long sequence) => _written.TrySetResult(sequence);

    public void Fail(AuditUnavailableException failure) => _written.TrySetException(failure);
}

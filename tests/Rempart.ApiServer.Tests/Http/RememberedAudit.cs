using System.Collections.Concurrent;
using Rempart.Api.Audit;
using Rempart.ApiServer.Audit;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>Keeps records in memory, and fails when told to.</summary>
internal sealed class RememberedAudit : IAuditLog
{
    public ConcurrentQueue<AuditRecord> Records { get; } = [];

    public bool Broken { get; set; }

    public ValueTask<long> AppendAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Broken) throw new AuditUnavailableException("the disk is full", null);
        Records.Enqueue(record);
        return ValueTask.FromResult((long)Records.Count);
    }

    public void AppendSoon(AuditRecord outcome)
    {
        if (!Broken) Records.Enqueue(outcome);
    }
}

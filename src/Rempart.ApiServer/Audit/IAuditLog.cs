using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>The audit trail of this server. It fails closed: what can't be recorded must not happen.</summary>
public interface IAuditLog
{
    /// <summary>
    /// Appends a record and returns its sequence number once it is durable. Records of concurrent callers share a sync of the disk. The
    /// log sets the record's time.
    /// </summary>
    /// <param name="record">What happened.</param>
    /// <param name="cancellationToken">Gives up waiting; the record may be written nevertheless.</param>
    /// <exception cref="AuditUnavailableException">It could not be written: refuse the request.</exception>
    ValueTask<long> AppendAsync(AuditRecord record, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the outcome of an intent that is durable, and does not wait: it is written with the next records, some milliseconds later at
    /// most. When that fails it is kept and goes first; when the process ends before, the next start finds out from the store what became of
    /// the intent.
    /// </summary>
    /// <param name="outcome">What became of an intent.</param>
    void AppendSoon(AuditRecord outcome);
}

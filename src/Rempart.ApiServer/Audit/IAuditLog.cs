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
}

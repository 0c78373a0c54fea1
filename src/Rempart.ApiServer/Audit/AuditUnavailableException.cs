namespace Rempart.ApiServer.Audit;

/// <summary>The audit trail can't be written now, so the request must be refused (HTTP 503, or 507 without room). Later requests try anew.</summary>
public sealed class AuditUnavailableException(string message, Exception? inner) : Exception(message, inner)
{
    /// <summary>The disk of the trail is full.</summary>
    public bool IsDiskFull { get; init; }
}

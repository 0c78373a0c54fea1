namespace Rempart.ApiServer.Audit;

/// <summary>The audit trail can't be written now, so the request must be refused (HTTP 503). Later requests try anew.</summary>
public sealed class AuditUnavailableException(string message, Exception? inner) : Exception(message, inner);

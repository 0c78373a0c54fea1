namespace Rempart.ApiServer.Audit;

/// <summary>The trail on disk was changed in its middle: the server does not add to it. It is evidence: keep it and begin another folder.</summary>
public sealed class AuditCorruptException(string message) : Exception(message);

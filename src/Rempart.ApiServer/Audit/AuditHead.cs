namespace Rempart.ApiServer.Audit;

/// <summary>How far a chain is.</summary>
/// <param name="Count">Records, which is the last one's sequence number.</param>
/// <param name="Hash">Hash of the last one.</param>
internal sealed record AuditHead(long Count, string Hash);

namespace Rempart.Policy.Machines;

/// <summary>Whether a template may be used.</summary>
/// <param name="Approved">True when an approval holds.</param>
/// <param name="Reason">One CamelCase word, for a condition: <c>Approved</c>, <c>NotApproved</c>, <c>ImageMissing</c> or <c>ApprovalVoid</c>.</param>
/// <param name="Message">Which approval holds, or why none does and what to do.</param>
public sealed record ApprovalVerdict(bool Approved, string Reason, string Message);

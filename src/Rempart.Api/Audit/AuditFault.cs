namespace Rempart.Api.Audit;

/// <summary>The first thing that is wrong with a trail.</summary>
/// <param name="Kind">What.</param>
/// <param name="Sequence">The first record that can't be trusted.</param>
/// <param name="Line">The line that shows it, from 1 over all files; one past the last if it shows at the end.</param>
/// <param name="Message">For people.</param>
public sealed record AuditFault(AuditFaultKind Kind, long Sequence, long Line, string Message);

namespace Rempart.Node.Workloads;

/// <summary>How a run ended.</summary>
/// <param name="Reason">a word for status and restart policy.</param>
/// <param name="Code">exit code of the process, 128 + signal when a signal ended it; null when nothing recorded it.</param>
/// <param name="Message">a sentence for people.</param>
internal sealed record WorkloadExit(ExitReason Reason, int? Code, string Message);

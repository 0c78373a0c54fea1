namespace Rempart.Controllers.Compute;

/// <summary>Content of a condition.</summary>
/// <param name="Holds">Null for unknown.</param>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">A sentence.</param>
internal readonly record struct Verdict(bool? Holds, string Reason, string Message);

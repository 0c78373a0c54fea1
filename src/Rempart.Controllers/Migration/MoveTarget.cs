namespace Rempart.Controllers.Migration;

/// <summary>Outcome of the search for a target.</summary>
/// <param name="Node">The host; null when none will do.</param>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">Why this one, or why none.</param>
internal sealed record MoveTarget(string? Node, string Reason, string Message);

namespace Rempart.Controllers.Scheduling;

/// <summary>Outcome of a search for a host.</summary>
/// <param name="NodeName">The host; null when none fits.</param>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">Why this one, or why none, counted over the hosts.</param>
internal sealed record Placement(string? NodeName, string Reason, string Message);

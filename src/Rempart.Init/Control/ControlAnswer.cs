using Rempart.Init.Supervision;

namespace Rempart.Init.Control;

/// <summary>One line of JSON from the control socket.</summary>
/// <param name="Error">why it was refused, or null.</param>
/// <param name="Services">in the order of their start.</param>
internal sealed record ControlAnswer(string? Error, IReadOnlyList<ServiceStatus> Services);

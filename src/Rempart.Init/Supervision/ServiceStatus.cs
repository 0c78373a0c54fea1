namespace Rempart.Init.Supervision;

/// <summary>A service as people are shown it.</summary>
/// <param name="Name">of the service.</param>
/// <param name="State">where it is.</param>
/// <param name="Pid">while it runs.</param>
/// <param name="Restarts">starts after the first, since this supervisor began.</param>
/// <param name="Since">when it came to its state.</param>
/// <param name="Message">why, when it failed.</param>
internal sealed record ServiceStatus(string Name, ServiceState State, int? Pid, int Restarts, DateTimeOffset Since, string? Message);

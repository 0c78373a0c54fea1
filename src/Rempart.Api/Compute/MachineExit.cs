using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>How a run of a machine ended.</summary>
public sealed record MachineExit
{
    /// <summary><c>GuestShutdown</c>, <c>GuestPanic</c>, <c>Stopped</c>, <c>Killed</c>, <c>OutOfMemory</c>, <c>Error</c>, <c>HostReboot</c> or <c>Unknown</c>.</summary>
    [OneOf("GuestShutdown", "GuestPanic", "Stopped", "Killed", "OutOfMemory", "Error", "HostReboot", "Unknown")]
    public required string Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }

    /// <summary>Exit code of the process, or 128 and the signal's number.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When the run began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended, as far as it is known.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}

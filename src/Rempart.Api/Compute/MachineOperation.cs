using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>An operation asked for by a subresource (<c>restart</c>, <c>reset</c>, <c>stop</c>, …), recorded before anyone acts on it.</summary>
public sealed record MachineOperation
{
    /// <summary>Request id, chosen by the caller; asking again with the same id changes nothing.</summary>
    public required string Id { get; init; }

    /// <summary><c>Start</c>, <c>Stop</c>, <c>Restart</c>, <c>Reset</c>, <c>Pause</c> or <c>Resume</c>.</summary>
    [OneOf("Start", "Stop", "Restart", "Reset", "Pause", "Resume")]
    public required string Type { get; init; }

    /// <summary>True to end the process without asking the guest.</summary>
    public bool? Force { get; init; }

    /// <summary>Who asked.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset? RequestedAt { get; init; }
}

using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>One aspect of a host's state.</summary>
public sealed record NodeCondition
{
    /// <summary>Type such as <c>Ready</c>, <c>NetworkReady</c>, <c>HardwareAcceleration</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    [OneOf("True", "False", "Unknown")]
    public required string Status { get; init; }

    /// <summary>When the agent last reported it.</summary>
    public DateTimeOffset? LastHeartbeatTime { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Why, for programs.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Message { get; init; }
}

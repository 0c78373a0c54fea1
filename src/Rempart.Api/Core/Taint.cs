using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Keeps workloads away that don't tolerate it.</summary>
public sealed record Taint
{
    /// <summary>Key.</summary>
    public required string Key { get; init; }

    /// <summary>Value.</summary>
    public string? Value { get; init; }

    /// <summary><c>NoSchedule</c>, <c>PreferNoSchedule</c> or <c>NoExecute</c>.</summary>
    [OneOf("NoSchedule", "PreferNoSchedule", "NoExecute")]
    public required string Effect { get; init; }

    /// <summary>When the taint was added.</summary>
    public DateTimeOffset? TimeAdded { get; init; }
}

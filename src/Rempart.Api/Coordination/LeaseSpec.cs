using Rempart.Api.Meta;

namespace Rempart.Api.Coordination;

/// <summary>Holder and times of a lease.</summary>
public sealed record LeaseSpec
{
    /// <summary>Who holds it.</summary>
    public string? HolderIdentity { get; init; }

    /// <summary>Seconds after the last renewal when the lease lapses.</summary>
    public int? LeaseDurationSeconds { get; init; }

    /// <summary>When the holder took it.</summary>
    public MicroTime? AcquireTime { get; init; }

    /// <summary>When the holder last renewed it.</summary>
    public MicroTime? RenewTime { get; init; }

    /// <summary>How often it changed hands.</summary>
    public int? LeaseTransitions { get; init; }

    /// <summary>How holders are chosen.</summary>
    public string? Strategy { get; init; }

    /// <summary>Who should hold it.</summary>
    public string? PreferredHolder { get; init; }
}

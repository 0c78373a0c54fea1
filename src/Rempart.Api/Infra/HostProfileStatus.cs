using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>What became of a profile. Written by the host profile controller.</summary>
public sealed record HostProfileStatus
{
    /// <summary>Hosts that are named in <see cref="Failures"/>.</summary>
    public const int MostFailures = 64;

    /// <summary>The metadata.generation that this is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Hosts that it counts for.</summary>
    public int? Hosts { get; init; }

    /// <summary>Hosts that are as this generation says.</summary>
    public int? Applied { get; init; }

    /// <summary>Hosts that are not, and say why. The rest has not said anything yet.</summary>
    public int? Failed { get; init; }

    /// <summary>Hosts that it selects and that another profile counts for.</summary>
    public int? Overridden { get; init; }

    /// <summary>How it stands, for people.</summary>
    public string? Message { get; init; }

    /// <summary>Hosts that differ, and why; in order of their names.</summary>
    public IReadOnlyList<HostProfileFailure>? Failures { get; init; }

    /// <summary><c>Applied</c>: every host that it counts for is as it says.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

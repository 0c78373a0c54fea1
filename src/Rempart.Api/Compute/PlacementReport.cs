using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>
/// Answer of <c>virtualmachines/placement</c>: what the scheduler's rules say of a machine now, computed by the same code from the server's
/// own objects. Hosts are named to those who may list nodes.
/// </summary>
public sealed record PlacementReport : ApiObject
{
    /// <summary>The host that the machine is on; unset when it is on none, and for those who may not list nodes.</summary>
    public string? NodeName { get; init; }

    /// <summary>The host that would be chosen now; unset when none fits, and for those who may not list nodes.</summary>
    public string? Choice { get; init; }

    /// <summary>The outcome in a sentence, with hosts counted and not named.</summary>
    public required string Message { get; init; }

    /// <summary>How many hosts there are.</summary>
    public required int Hosts { get; init; }

    /// <summary>How many of them fit.</summary>
    public required int Fitting { get; init; }

    /// <summary>Why the others don't, counted.</summary>
    public required IReadOnlyList<PlacementRefusal> Refusals { get; init; }

    /// <summary>Each host with its reason or its scores: those that fit first, the best of them at the top, at most 500. Unset for those who may not list nodes.</summary>
    public IReadOnlyList<PlacementVerdict>? Verdicts { get; init; }
}

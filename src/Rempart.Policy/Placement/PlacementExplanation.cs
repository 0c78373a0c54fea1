namespace Rempart.Policy.Placement;

/// <summary>What the rules say of each host for one machine.</summary>
/// <param name="Decision">The same as <see cref="PlacementSearch.Decide"/> would give, but that it counts refusals in any case.</param>
/// <param name="Hosts">Each host: those that fit first, the best of them at the top, the others by name.</param>
public sealed record PlacementExplanation(PlacementDecision Decision, IReadOnlyList<HostVerdict> Hosts);

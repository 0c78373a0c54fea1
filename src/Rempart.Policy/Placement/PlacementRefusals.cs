namespace Rempart.Policy.Placement;

/// <summary>Hosts that were refused for one reason.</summary>
/// <param name="Filter">What refused them.</param>
/// <param name="Subject">The label, volume, image or rule that it is about.</param>
/// <param name="Hosts">How many.</param>
/// <param name="Message">Count and reason, such as <c>1 is cordoned</c>.</param>
public sealed record PlacementRefusals(PlacementFilter Filter, string? Subject, int Hosts, string Message);

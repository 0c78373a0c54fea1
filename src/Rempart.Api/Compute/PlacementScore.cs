namespace Rempart.Api.Compute;

/// <summary>A part of a host's score.</summary>
/// <param name="Name">What for: <c>Room</c>, <c>Balance</c>, <c>Spread</c>, <c>Taint</c> or <c>Rule/NAME</c>.</param>
/// <param name="Points">How many; a taint costs some.</param>
public sealed record PlacementScore(string Name, int Points);

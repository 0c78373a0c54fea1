namespace Rempart.Policy.Placement;

/// <summary>What the rules say of one host.</summary>
public sealed record HostVerdict
{
    /// <summary>Name of the node.</summary>
    public required string Node { get; init; }

    /// <summary>The first filter that refuses it; null when it fits.</summary>
    public PlacementFilter? Filter { get; init; }

    /// <summary>Why, such as <c>is cordoned</c>.</summary>
    public string? Message { get; init; }

    /// <summary>Points of one that fits.</summary>
    public int Score { get; init; }

    /// <summary>What the points are made of.</summary>
    public IReadOnlyList<(string Name, int Points)> Scores { get; init; } = [];
}

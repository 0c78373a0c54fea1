namespace Rempart.Api.Compute;

/// <summary>What the rules say of one host.</summary>
public sealed record PlacementVerdict
{
    /// <summary>Name of the node.</summary>
    public required string Node { get; init; }

    /// <summary>The first filter that refused it; unset when it fits.</summary>
    public string? Filter { get; init; }

    /// <summary>Why it was refused.</summary>
    public string? Message { get; init; }

    /// <summary>Points of one that fits; the most wins.</summary>
    public int? Score { get; init; }

    /// <summary>What the points are made of.</summary>
    public IReadOnlyList<PlacementScore>? Scores { get; init; }
}

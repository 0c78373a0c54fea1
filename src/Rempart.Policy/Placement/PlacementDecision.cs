namespace Rempart.Policy.Placement;

/// <summary>Outcome of a search for a host.</summary>
public sealed record PlacementDecision
{
    /// <summary><see cref="Reason"/> of a machine that has a host.</summary>
    public const string Placed = "Scheduled";

    /// <summary>The host; null when none fits.</summary>
    public string? NodeName { get; init; }

    /// <summary><c>Scheduled</c>, <c>Unschedulable</c> or <c>NoNodes</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>Which host, or why none: counted over the hosts, as in <c>0/3 hosts fit: 1 is cordoned, 2 lack memory (need 4Gi, 1Gi free)</c>.</summary>
    public required string Message { get; init; }

    /// <summary>How many hosts there are.</summary>
    public required int Hosts { get; init; }

    /// <summary>How many of them fit.</summary>
    public int Fitting { get; init; }

    /// <summary>Points of the chosen one.</summary>
    public int Score { get; init; }

    /// <summary>Why the others don't fit, in the order of filters: when none fits, and of an explanation always.</summary>
    public IReadOnlyList<PlacementRefusals> Refusals { get; init; } = [];

    /// <summary>What there is to say of a machine that has a host, whoever chose it.</summary>
    /// <param name="node">Name of the node.</param>
    public static PlacementDecision On(string node) => new() { NodeName = node, Reason = Placed, Message = $"placed on node `{node}`", Hosts = 1, Fitting = 1 };
}

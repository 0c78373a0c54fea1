namespace Rempart.Policy.Placement;

/// <summary>Bounds of rules, which admission holds to and documents tell.</summary>
public static class PlacementRuleBounds
{
    /// <summary>Rules that a project may have: each is looked at for each of its machines.</summary>
    public const int MostRules = 64;

    /// <summary>Most machines of a domain that a rule may allow.</summary>
    public const int MostPerDomain = 1000;

    /// <summary>Highest weight.</summary>
    public const int MostWeight = 100;

    /// <summary>Weight of a rule that says none.</summary>
    public const int UsualWeight = 50;
}

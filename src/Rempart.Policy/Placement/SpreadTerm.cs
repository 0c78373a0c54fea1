using System.Collections.Immutable;

namespace Rempart.Policy.Placement;

/// <summary>Points for places where few machines of the same project and template are: up to 1000 on each level that the cluster has at least two domains of.</summary>
internal static class SpreadTerm
{
    public const string Name = "Spread";
    private const int Most = 1000;

    /// <param name="levels">Domain of each location on each level; -1 where it has none.</param>
    /// <param name="counts">Machines of the group by location.</param>
    /// <returns>Null when all places are alike.</returns>
    public static ScoreTerm? Of(SpreadLevels levels, ImmutableDictionary<int, int> counts)
    {
        if (counts.IsEmpty || levels.Active.Count == 0) return null;
        var points = new int[levels.Locations];
        foreach (var level in levels.Active)
        {
            var inDomain = new int[level.Domains];
            foreach (var (location, count) in counts)
            {
                if (location < levels.Locations && level.DomainOf[location] is >= 0 and var domain) inDomain[domain] += count;
            }

            var top = inDomain.Max();
            if (top == 0) continue;
            for (var location = 0; location < points.Length; location++)
            {
                if (level.DomainOf[location] is >= 0 and var domain) points[location] += Most - (Most * inDomain[domain] / top);
            }
        }

        for (var location = 0; location < points.Length; location++) points[location] /= levels.Active.Count;
        return new ScoreTerm { Name = Name, ByLocation = points };
    }
}

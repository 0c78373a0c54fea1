namespace Rempart.Policy.Placement;

/// <summary>The places of a cluster by region, zone, room and rack.</summary>
internal sealed class SpreadLevels
{
    /// <param name="places">All places that were ever seen.</param>
    /// <param name="inUse">Those that hosts of the cluster are in.</param>
    public SpreadLevels(NameTable places, IReadOnlySet<int> inUse)
    {
        Locations = places.Count;
        var domains = Enumerable.Range(0, places.Count).Select(place => Topology.Domains(places.NameOf(place))).ToList();
        var active = new List<Level>();
        for (var key = 0; key < Topology.Keys.Count; key++)
        {
            var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
            var of = domains.Select(place => place[key].Length == 0 ? -1 : numbers.TryGetValue(place[key], out var known) ? known : numbers[place[key]] = numbers.Count).ToArray();
            if (inUse.Select(place => of[place]).Where(domain => domain >= 0).Distinct().Skip(1).Any()) active.Add(new Level(numbers.Count, of));
        }

        Active = active;
    }

    public int Locations { get; }

    /// <summary>Levels that have something to choose from.</summary>
    public IReadOnlyList<Level> Active { get; }

    /// <param name="Domains">How many there are.</param>
    /// <param name="DomainOf">By location; -1 for none.</param>
    internal sealed record Level(int Domains, int[] DomainOf);
}

using System.Runtime.CompilerServices;

namespace Rempart.Policy.Placement;

/// <summary>Points that hosts get besides those for their room.</summary>
internal sealed record ScoreTerm
{
    public required string Name { get; init; }

    /// <summary>Points of hosts that are in none of the sets.</summary>
    public int Elsewhere { get; init; }

    /// <summary>Hosts and their points; no host is in two.</summary>
    public IReadOnlyList<(HostSet Hosts, int Points)> Sets { get; init; } = [];

    /// <summary>Points by number of location; comes instead of sets.</summary>
    public int[]? ByLocation { get; init; }

    public int Of(int host, int[] locations)
    {
        if (ByLocation is not null) return ByLocation[locations[host]];
        foreach (var (hosts, points) in Sets)
        {
            if (hosts.Contains(host)) return points;
        }

        return Elsewhere;
    }

    /// <summary>Adds the points of all hosts, without those that <see cref="Elsewhere"/> gives to each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddTo(Span<int> points, int[] locations)
    {
        foreach (var (hosts, given) in Sets) hosts.AddTo(points, given - Elsewhere);
        if (ByLocation is not { } places) return;
        var there = locations.AsSpan(0, points.Length);
        for (var i = 0; i < there.Length; i++) points[i] += places[there[i]];
    }
}

using System.Buffers;

namespace Rempart.Policy.Placement;

/// <summary>Chooses a host for a machine. The same snapshot, machine and seed give the same answer, in every process.</summary>
public static class PlacementSearch
{
    /// <summary>The best of the hosts that fit, and a sentence. Every host is looked at.</summary>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="machine">The machine; one that is on a host already is judged as if it came anew.</param>
    /// <param name="seed">Decides among hosts that are equally good.</param>
    public static PlacementDecision Decide(ClusterSnapshot snapshot, MachineFacts machine, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(machine);
        var plan = new PlacementPlan(snapshot, machine);
        var (host, fitting, score) = Best(snapshot, machine, plan, seed);
        if (host < 0) return Explanation.NothingFits(snapshot, plan);
        return PlacementDecision.On(snapshot.Names.NameOf(host)) with { Hosts = snapshot.Hosts, Fitting = fitting, Score = score };
    }

    /// <summary>Why one host can't take a machine; null when it can.</summary>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="node">Name of the node.</param>
    /// <param name="asked">The filters that count.</param>
    public static string? Obstacle(ClusterSnapshot snapshot, MachineFacts machine, string node, Func<PlacementFilter, bool> asked)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(asked);
        var host = snapshot.Names.Find(node);
        if (host < 0 || !snapshot.Traits.Present.Contains(host)) return $"node `{node}` is not in the cluster";
        var plan = new PlacementPlan(snapshot, machine);
        return plan.Obstacles(host).Where(obstacle => asked(obstacle.Filter)).Select(obstacle => $"node `{node}` {RefusalText.Of(obstacle.Filter, obstacle.Subject, 1, plan.Demand, plan.Room(host))}").FirstOrDefault();
    }

    /// <summary>What the rules say of each host, by the same steps: those that fit first, the best of them at the top.</summary>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="machine">The machine; one that is on a host already is judged as if it came anew.</param>
    /// <param name="seed">Decides among hosts that are equally good.</param>
    public static PlacementExplanation Explain(ClusterSnapshot snapshot, MachineFacts machine, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(machine);
        return Explanation.Of(snapshot, machine, new PlacementPlan(snapshot, machine), seed);
    }

    /// <summary>Order among hosts with the same score.</summary>
    /// <param name="name">Hash of the host's name.</param>
    /// <param name="salt">Of machine and seed.</param>
    internal static ulong Tie(ulong name, ulong salt) => StableHash.Mix(name ^ salt);

    internal static ulong Salt(MachineFacts machine, ulong seed) => StableHash.Mix(seed ^ StableHash.Of(machine.Name) ^ (StableHash.Of(machine.Namespace) * 31));

    private static (int Host, int Fitting, int Score) Best(ClusterSnapshot snapshot, MachineFacts machine, PlacementPlan plan, ulong seed)
    {
        var length = snapshot.Traits.Open.Length;
        var open = ArrayPool<ulong>.Shared.Rent(Math.Max(length, 1));
        var (extra, everywhere) = Extra(snapshot, plan.Terms(machine));
        try
        {
            var words = open.AsSpan(0, length);
            snapshot.Traits.Open.Span.CopyTo(words);
            foreach (var step in plan.Steps) step.Apply(words);
            var scan = new HostScan(snapshot, plan, extra is null ? [] : extra.AsSpan(0, length * HostPage.Size), Salt(machine, seed));
            scan.Run(words);
            return (scan.Host, scan.Fitting, scan.Host < 0 ? 0 : scan.Score + everywhere);
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(open);
            if (extra is not null) ArrayPool<int>.Shared.Return(extra);
        }
    }

    // Points that all hosts get are added once at the end.
    private static (int[]? Points, int Everywhere) Extra(ClusterSnapshot snapshot, List<ScoreTerm> terms)
    {
        if (terms.Count == 0) return (null, 0);
        var length = snapshot.Traits.Open.Length * HostPage.Size;
        var points = ArrayPool<int>.Shared.Rent(Math.Max(length, 1));
        points.AsSpan(0, length).Clear();
        foreach (var term in terms) term.AddTo(points.AsSpan(0, snapshot.Count), snapshot.Traits.Locations);
        return (points, terms.Sum(term => term.Elsewhere));
    }
}

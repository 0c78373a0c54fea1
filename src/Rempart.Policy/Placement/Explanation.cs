namespace Rempart.Policy.Placement;

/// <summary>Looks at every host by itself, by the steps of the search.</summary>
internal static class Explanation
{
    public static PlacementDecision NothingFits(ClusterSnapshot snapshot, PlacementPlan plan)
    {
        if (snapshot.Hosts == 0) return new() { Reason = "NoNodes", Message = "no node is in the cluster yet", Hosts = 0 };
        var refusals = Count(snapshot, plan);
        return new() { Reason = "Unschedulable", Message = Sentence(snapshot.Hosts, 0, refusals), Hosts = snapshot.Hosts, Refusals = refusals };
    }

    public static PlacementExplanation Of(ClusterSnapshot snapshot, MachineFacts machine, PlacementPlan plan, ulong seed)
    {
        var (terms, salt) = (plan.Terms(machine), PlacementSearch.Salt(machine, seed));
        var fits = new List<(HostVerdict Verdict, ulong Tie)>();
        var refused = new List<HostVerdict>();
        foreach (var host in snapshot.Traits.Present.Hosts())
        {
            var (name, room) = (snapshot.Names.NameOf(host), plan.Room(host));
            if (plan.Obstacle(host) is { } obstacle)
            {
                refused.Add(new() { Node = name, Filter = obstacle.Filter, Message = RefusalText.Of(obstacle.Filter, obstacle.Subject, 1, plan.Demand, room) });
                continue;
            }

            var (left, balance) = room.Score(plan.Demand.Memory, plan.Demand.Cpu);
            List<(string, int Points)> scores = [("Room", left), ("Balance", balance), .. terms.Select(term => (term.Name, term.Of(host, snapshot.Traits.Locations)))];
            fits.Add((new() { Node = name, Score = scores.Sum(score => score.Points), Scores = scores }, PlacementSearch.Tie(room.Tie, salt)));
        }

        fits.Sort((one, other) => other.Verdict.Score != one.Verdict.Score ? other.Verdict.Score.CompareTo(one.Verdict.Score)
            : other.Tie != one.Tie ? other.Tie.CompareTo(one.Tie) : string.CompareOrdinal(one.Verdict.Node, other.Verdict.Node));
        refused.Sort((one, other) => string.CompareOrdinal(one.Node, other.Node));
        if (fits.Count == 0) return new(NothingFits(snapshot, plan), refused);
        var refusals = Count(snapshot, plan);
        var decision = new PlacementDecision
        {
            NodeName = fits[0].Verdict.Node, Reason = PlacementDecision.Placed, Message = Sentence(snapshot.Hosts, fits.Count, refusals), Hosts = snapshot.Hosts, Fitting = fits.Count, Score = fits[0].Verdict.Score, Refusals = refusals,
        };
        return new(decision, [.. fits.Select(fit => fit.Verdict), .. refused]);
    }

    private static string Sentence(int hosts, int fitting, List<PlacementRefusals> refusals)
    {
        var text = $"{fitting}/{hosts} hosts fit";
        return refusals.Count == 0 ? text : $"{text}: {string.Join(", ", refusals.Select(refusal => refusal.Message))}";
    }

    private static List<PlacementRefusals> Count(ClusterSnapshot snapshot, PlacementPlan plan)
    {
        var groups = new Dictionary<(PlacementFilter Filter, string? Subject), (int Hosts, HostRoom Most)>();
        foreach (var host in snapshot.Traits.Present.Hosts())
        {
            if (plan.Obstacle(host) is not { } obstacle) continue;
            var room = plan.Room(host);
            var (count, most) = groups.GetValueOrDefault(obstacle, (0, room));
            groups[obstacle] = (count + 1, Larger(obstacle.Filter, most, room));
        }

        return
        [
            .. groups.OrderBy(group => group.Key.Filter).ThenBy(group => group.Key.Subject, StringComparer.Ordinal)
                .Select(group => new PlacementRefusals(group.Key.Filter, group.Key.Subject, group.Value.Hosts, $"{group.Value.Hosts} {RefusalText.Of(group.Key.Filter, group.Key.Subject, group.Value.Hosts, plan.Demand, group.Value.Most)}")),
        ];
    }

    private static HostRoom Larger(PlacementFilter filter, HostRoom one, HostRoom other) =>
        (filter == PlacementFilter.Processors ? other.FreeCpu > one.FreeCpu : other.FreeMemory > one.FreeMemory) ? other : one;
}

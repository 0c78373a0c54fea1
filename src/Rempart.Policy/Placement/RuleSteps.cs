namespace Rempart.Policy.Placement;

/// <summary>What rules say of one machine: which hosts they refuse, and which they like.</summary>
internal static class RuleSteps
{
    /// <summary>Hosts that a rule with <c>Required</c> refuses; null when none.</summary>
    public static FilterStep? Refused(ClusterSnapshot snapshot, RuleState rule, MachineFacts machine)
    {
        var member = rule.IsMember(machine.Labels);
        if (rule.Spec.Hosts is not null) return member ? new(PlacementFilter.Rule, rule.Name, snapshot.Traits.Meeting(rule.Spec.Hosts), !rule.IsApart) : null;
        var (other, view) = (rule.Spec.Others is not null && rule.IsOther(machine.Labels), new RuleView(snapshot, rule, machine));
        if (rule.IsApart)
        {
            // Each keeps away from the other: who comes second must not break what the first was promised.
            var full = rule.Spec.Others is null ? rule.Spec.MaxPerDomain ?? 1 : 1;
            var taken = new HashSet<int>();
            if (member) taken.UnionWith(view.Others.Where(domain => domain.Value >= full).Select(domain => domain.Key));
            if (other) taken.UnionWith(view.Members.Select(domain => domain.Key));
            return taken.Count == 0 ? null : new(PlacementFilter.Rule, rule.Name, view.HostsOf(taken), false);
        }

        if (!member) return null;
        var near = view.Others.Select(domain => domain.Key).ToList();
        if (near.Count > 0) return new(PlacementFilter.Rule, rule.Name, view.HostsOf(near), true);
        // The first of a group may go anywhere that is somewhere; who follows others waits for one of them.
        return new(PlacementFilter.Rule, rule.Name, rule.Spec.Others is null || other ? view.Everywhere() : HostSet.None, true);
    }

    /// <summary>Points that a rule with <c>Preferred</c> gives; null when none.</summary>
    public static ScoreTerm? Liked(ClusterSnapshot snapshot, RuleState rule, MachineFacts machine)
    {
        var (name, most) = ($"Rule/{rule.Name}", (rule.Spec.Weight ?? PlacementRuleBounds.UsualWeight) * 10);
        var member = rule.IsMember(machine.Labels);
        if (rule.Spec.Hosts is not null)
        {
            return !member ? null : new ScoreTerm { Name = name, Elsewhere = rule.IsApart ? most : 0, Sets = [(snapshot.Traits.Meeting(rule.Spec.Hosts), rule.IsApart ? 0 : most)] };
        }

        var view = new RuleView(snapshot, rule, machine);
        var seen = new Dictionary<int, int>();
        if (member) Add(seen, view.Others);
        if (rule.IsApart && rule.Spec.Others is not null && rule.IsOther(machine.Labels)) Add(seen, view.Members);
        if (seen.Count == 0) return null;
        var top = seen.Values.Max();
        var sets = seen.GroupBy(domain => rule.IsApart ? most - (most * domain.Value / top) : most * domain.Value / top)
            .OrderBy(group => group.Key).Select(group => (view.HostsOf(group.Select(domain => domain.Key)), group.Key)).ToList();
        return new ScoreTerm { Name = name, Elsewhere = rule.IsApart ? most : 0, Sets = sets };
    }

    private static void Add(Dictionary<int, int> seen, IEnumerable<KeyValuePair<int, int>> counts)
    {
        foreach (var (domain, count) in counts) seen[domain] = seen.GetValueOrDefault(domain) + count;
    }
}

using System.Collections.Immutable;

namespace Rempart.Policy.Placement;

/// <summary>A rule as it is for one machine: itself is not among those that it counts.</summary>
internal readonly struct RuleView(ClusterSnapshot snapshot, RuleState rule, MachineFacts machine)
{
    private readonly int _own = machine.NodeName is { } node && snapshot.Names.Find(node) is >= 0 and var host ? snapshot.Domain(rule, host) : -1;

    /// <summary>Machines of <c>spec.machines</c> by domain.</summary>
    public IEnumerable<KeyValuePair<int, int>> Members => Without(rule.Members, rule.IsMember(machine.Labels));

    /// <summary>Those with respect to whom it holds for a member: <c>spec.others</c>, or the members themselves.</summary>
    public IEnumerable<KeyValuePair<int, int>> Others => rule.Spec.Others is null ? Members : Without(rule.Others, rule.IsOther(machine.Labels));

    /// <summary>Hosts of a domain.</summary>
    public void AddHosts(HostSet set, int domain)
    {
        if (rule.Domains is null) set.Add(domain);
        else set.AddAll(snapshot.Traits.With(rule.Key, rule.Domains.NameOf(domain)));
    }

    /// <summary>Hosts of those domains.</summary>
    public HostSet HostsOf(IEnumerable<int> domains)
    {
        var set = new HostSet(snapshot.Count);
        foreach (var domain in domains) AddHosts(set, domain);
        return set;
    }

    /// <summary>Hosts that are in some domain.</summary>
    public HostSet Everywhere() => rule.Domains is null ? snapshot.Traits.Present : HostsOf(Enumerable.Range(0, rule.Domains.Count));

    private ImmutableDictionary<int, int> Without(ImmutableDictionary<int, int> counts, bool counted)
    {
        if (!counted || _own < 0 || !counts.TryGetValue(_own, out var count)) return counts;
        return count > 1 ? counts.SetItem(_own, count - 1) : counts.Remove(_own);
    }
}

using System.Collections.Immutable;
using Rempart.Api.Compute;

namespace Rempart.Policy.Placement;

/// <content>Rules and what they count.</content>
public sealed partial class ClusterModel
{
    private readonly Dictionary<string, NameTable> _domains = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, ImmutableArray<RuleState>> _rules = ImmutableDictionary.Create<string, ImmutableArray<RuleState>>(StringComparer.Ordinal);

    /// <summary>A rule is there, or has changed.</summary>
    public void Put(PlacementRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var ns = rule.Metadata.Namespace!;
        var state = new RuleState { Name = rule.Metadata.Name!, Spec = rule.Spec, Domains = DomainsOf(rule.Spec) };
        _rules = _rules.SetItem(ns, [.. Rules(ns).Where(other => other.Name != state.Name).Append(Counted(ns, state)).OrderBy(other => other.Name, StringComparer.Ordinal)]);
        Openings++;
    }

    /// <summary>A rule is gone.</summary>
    public void RemoveRule(string ns, string name)
    {
        var left = Rules(ns).Where(rule => rule.Name != name).ToImmutableArray();
        _rules = left.IsEmpty ? _rules.Remove(ns) : _rules.SetItem(ns, left);
        Openings++;
    }

    private ImmutableArray<RuleState> Rules(string ns) => _rules.GetValueOrDefault(ns, []);

    private NameTable? DomainsOf(PlacementRuleSpec spec)
    {
        if (spec.TopologyKey is null or PlacementRuleSpec.HostTopology) return null;
        if (!_domains.TryGetValue(spec.TopologyKey, out var table)) _domains[spec.TopologyKey] = table = new NameTable();
        foreach (var host in _hosts)
        {
            if (host.Labels?.TryGetValue(spec.TopologyKey, out var value) == true) table.Add(value);
        }

        return table;
    }

    private int Domain(RuleState rule, int host) => rule.Domains is null ? host : _hosts[host].Labels is { } labels && labels.TryGetValue(rule.Key, out var value) ? rule.Domains.Add(value) : -1;

    private void CountRules(MachineRecord machine, int host, int sign)
    {
        if (!_rules.TryGetValue(machine.Namespace, out var rules)) return;
        // A machine in a domain may be what others wait for.
        if (sign > 0 && rules.Any(rule => rule is { IsHard: true, IsApart: false } && rule.Concerns(machine.Labels))) Openings++;
        ImmutableArray<RuleState>.Builder? changed = null;
        for (var i = 0; i < rules.Length; i++)
        {
            var next = rules[i].Concerns(machine.Labels) ? rules[i].Count(machine.Labels, Domain(rules[i], host), sign) : rules[i];
            if (!ReferenceEquals(next, rules[i])) (changed ??= rules.ToBuilder())[i] = next;
        }

        if (changed is not null) _rules = _rules.SetItem(machine.Namespace, changed.MoveToImmutable());
    }

    private RuleState Counted(string ns, RuleState rule)
    {
        rule = rule with { Members = ImmutableDictionary<int, int>.Empty, Others = ImmutableDictionary<int, int>.Empty };
        if (rule.Spec.Hosts is not null || !_byNamespace.TryGetValue(ns, out var names)) return rule;
        foreach (var machine in names.Select(name => _machines[(ns, name)]))
        {
            if (machine.Host >= 0) rule = rule.Count(machine.Labels, Domain(rule, machine.Host), 1);
            if (machine.Reserved >= 0 && machine.Reserved != machine.Host) rule = rule.Count(machine.Labels, Domain(rule, machine.Reserved), 1);
        }

        return rule;
    }

    // Hosts have moved to other domains: everything is counted anew. Labels of hosts change seldom.
    private void Recount()
    {
        foreach (var (ns, rules) in _rules) _rules = _rules.SetItem(ns, [.. rules.Select(rule => Counted(ns, rule with { Domains = DomainsOf(rule.Spec) }))]);
        var groups = new Dictionary<(string, string), Dictionary<int, int>>();
        foreach (var machine in _machines.Values)
        {
            if (machine.Template is null) continue;
            if (!groups.TryGetValue((machine.Namespace, machine.Template), out var counts)) groups[(machine.Namespace, machine.Template)] = counts = [];
            foreach (var host in new[] { machine.Host, machine.Reserved == machine.Host ? -1 : machine.Reserved })
            {
                if (host >= 0) counts[_hosts[host].Location] = counts.GetValueOrDefault(_hosts[host].Location) + 1;
            }
        }

        _groups = groups.ToImmutableDictionary(group => group.Key, group => group.Value.ToImmutableDictionary());
    }
}

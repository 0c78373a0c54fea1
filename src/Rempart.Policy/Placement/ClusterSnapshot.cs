using System.Collections.Immutable;

namespace Rempart.Policy.Placement;

/// <summary>A cluster at one moment, as placements see it. Never changes; cheap to take, since it shares what has not changed since the one before.</summary>
public sealed class ClusterSnapshot
{
    internal ClusterSnapshot(NameTable names, HostPage[] pages, HostTraits traits, SpreadLevels levels) => (Names, Pages, Traits, Levels) = (names, pages, traits, levels);

    internal NameTable Names { get; }

    internal HostPage[] Pages { get; }

    internal HostTraits Traits { get; }

    /// <summary>Hosts of each image; none of one that is not ready yet.</summary>
    internal ImmutableDictionary<string, HostSet> Images { get; init; } = ImmutableDictionary<string, HostSet>.Empty;

    /// <summary>Hosts of each pool that host profiles give a folder; any other pool is on every host.</summary>
    internal ImmutableDictionary<string, HostSet> Pools { get; init; } = ImmutableDictionary<string, HostSet>.Empty;

    /// <summary>Hosts of each physical network that host profiles name.</summary>
    internal ImmutableDictionary<string, HostSet> Providers { get; init; } = ImmutableDictionary<string, HostSet>.Empty;

    /// <summary>The physical network of each network; null of one that is a part of none.</summary>
    internal ImmutableDictionary<(string Namespace, string Name), string?> Networks { get; init; } = ImmutableDictionary<(string, string), string?>.Empty;

    /// <summary>Rules of each project, in order of their names.</summary>
    internal ImmutableDictionary<string, ImmutableArray<RuleState>> Rules { get; init; } = ImmutableDictionary<string, ImmutableArray<RuleState>>.Empty;

    /// <summary>Machines of a project and template by location.</summary>
    internal ImmutableDictionary<(string Namespace, string Template), ImmutableDictionary<int, int>> Groups { get; init; } = ImmutableDictionary<(string, string), ImmutableDictionary<int, int>>.Empty;

    internal SpreadLevels Levels { get; }

    /// <summary>Hosts that are in the cluster.</summary>
    public int Hosts => Traits.Count;

    /// <summary>Numbers that hosts have, those of hosts that have left included.</summary>
    internal int Count => Traits.Locations.Length;

    internal HostRoom Room(int host) => Pages[host / HostPage.Size][host % HostPage.Size];

    /// <summary>Whether rules with <c>Required</c> tie a machine to others of its project, wherever they are.</summary>
    /// <param name="ns">Project.</param>
    /// <param name="labels">Labels of the machine.</param>
    public bool IsBoundByOthers(string ns, IReadOnlyDictionary<string, string>? labels)
    {
        foreach (var rule in RulesOf(ns))
        {
            // Who keeps apart by hosts alone meets the others in the host's own key.
            if (rule.IsHard && rule.Spec.Hosts is null && !(rule.IsApart && rule.Domains is null) && rule.Concerns(labels)) return true;
        }

        return false;
    }

    /// <summary>The domain of a host in a rule's topology; -1 when it is in none.</summary>
    internal int Domain(RuleState rule, int host)
    {
        if (rule.Domains is null) return host;
        return host < Count && Traits.LabelsOf(host) is { } labels && labels.TryGetValue(rule.Key, out var value) ? rule.Domains.Find(value) : -1;
    }

    internal ImmutableArray<RuleState> RulesOf(string ns) => Rules.GetValueOrDefault(ns, []);
}

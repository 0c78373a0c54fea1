using System.Collections.Immutable;
using Rempart.Api.Compute;

namespace Rempart.Policy.Placement;

/// <summary>A rule, and how many machines of its two groups are in each domain of its topology.</summary>
internal sealed record RuleState
{
    public required string Name { get; init; }

    public required PlacementRuleSpec Spec { get; init; }

    /// <summary>Numbers of domains; null when each host is one, and has its own number.</summary>
    public required NameTable? Domains { get; init; }

    /// <summary>Machines of <c>spec.machines</c> by domain. Not kept of a rule that is about hosts.</summary>
    public ImmutableDictionary<int, int> Members { get; init; } = ImmutableDictionary<int, int>.Empty;

    /// <summary>Machines of <c>spec.others</c> by domain.</summary>
    public ImmutableDictionary<int, int> Others { get; init; } = ImmutableDictionary<int, int>.Empty;

    public bool IsHard => Spec.Enforcement is null or PlacementRuleSpec.Hard;

    public bool IsApart => Spec.Type == PlacementRuleSpec.Apart;

    /// <summary>Label of nodes whose values are the domains.</summary>
    public string Key => Spec.TopologyKey ?? PlacementRuleSpec.HostTopology;

    /// <summary>Whether a machine of the project is one of those that the rule counts or holds for.</summary>
    public bool Concerns(IReadOnlyDictionary<string, string>? labels) => IsMember(labels) || (Spec.Others is not null && IsOther(labels));

    public bool IsMember(IReadOnlyDictionary<string, string>? labels) => LabelMatch.Matches(Spec.Machines, labels);

    public bool IsOther(IReadOnlyDictionary<string, string>? labels) => LabelMatch.Matches(Spec.Others ?? Spec.Machines, labels);

    /// <summary>The same rule with a machine more or less in a domain.</summary>
    public RuleState Count(IReadOnlyDictionary<string, string>? labels, int domain, int change)
    {
        if (Spec.Hosts is not null || domain < 0) return this;
        return this with
        {
            Members = IsMember(labels) ? Add(Members, domain, change) : Members,
            Others = Spec.Others is not null && IsOther(labels) ? Add(Others, domain, change) : Others,
        };
    }

    private static ImmutableDictionary<int, int> Add(ImmutableDictionary<int, int> counts, int domain, int change)
    {
        var count = counts.GetValueOrDefault(domain) + change;
        return count > 0 ? counts.SetItem(domain, count) : counts.Remove(domain);
    }
}

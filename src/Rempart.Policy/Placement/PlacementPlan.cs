using Rempart.Api.Compute;

namespace Rempart.Policy.Placement;

/// <summary>What is asked of hosts for one machine: the reasons to refuse one, and the points besides those for room.</summary>
internal sealed class PlacementPlan
{
    // Half of what an empty host has for its room: a busy one without the taint is better.
    private const int Disliked = -500;

    private readonly ClusterSnapshot _snapshot;

    public PlacementPlan(ClusterSnapshot snapshot, MachineFacts machine)
    {
        (_snapshot, Demand) = (snapshot, machine.Demand);
        Own = machine.NodeName is { } node ? snapshot.Names.Find(node) : -1;
        Steps = [.. Demanded(machine)];
    }

    public MachineDemand Demand { get; }

    /// <summary>The host that the machine is on, whose room is the machine's too; -1 when it is on none.</summary>
    public int Own { get; }

    /// <summary>Reasons that are this machine's own, behind the gates that are everybody's.</summary>
    public IReadOnlyList<FilterStep> Steps { get; }

    /// <summary>What is free for the machine on a host.</summary>
    public HostRoom Room(int host) => host == Own ? _snapshot.Room(host).With(Demand.Memory, Demand.Cpu) : _snapshot.Room(host);

    /// <summary>Why a host is refused: the first reason; null when it fits. Its subject is the label, volume, network, image or rule that it is about.</summary>
    public (PlacementFilter Filter, string? Subject)? Obstacle(int host)
    {
        foreach (var obstacle in Obstacles(host)) return obstacle;
        return null;
    }

    /// <summary>All reasons for which a host is refused, in order.</summary>
    public IEnumerable<(PlacementFilter Filter, string? Subject)> Obstacles(int host)
    {
        foreach (var gate in _snapshot.Traits.Gates)
        {
            if (gate.Refuses(host)) yield return (gate.Filter, gate.Subject);
        }

        foreach (var step in Steps)
        {
            if (step.Refuses(host)) yield return (step.Filter, step.Subject);
        }

        var room = Room(host);
        if (room.FreeMemory < Demand.Memory) yield return (PlacementFilter.Memory, null);
        if (room.FreeCpu < Demand.Cpu) yield return (PlacementFilter.Processors, null);
    }

    /// <summary>The terms of the score. Not asked for a host that is merely checked.</summary>
    public List<ScoreTerm> Terms(MachineFacts machine)
    {
        var terms = new List<ScoreTerm>();
        if (machine.Template is { } template && _snapshot.Groups.TryGetValue((machine.Namespace, template), out var counts) && SpreadTerm.Of(_snapshot.Levels, counts) is { } spread) terms.Add(spread);
        if (!_snapshot.Traits.Disliked.IsEmpty) terms.Add(new ScoreTerm { Name = nameof(PlacementFilter.Taint), Sets = [(_snapshot.Traits.Disliked, Disliked)] });
        foreach (var rule in _snapshot.RulesOf(machine.Namespace))
        {
            if (!rule.IsHard && rule.Concerns(machine.Labels) && RuleSteps.Liked(_snapshot, rule, machine) is { } liked) terms.Add(liked);
        }

        return terms;
    }

    private IEnumerable<FilterStep> Demanded(MachineFacts machine)
    {
        foreach (var (key, value) in machine.NodeSelector ?? new Dictionary<string, string>()) yield return new(PlacementFilter.NodeSelector, $"{key}={value}", _snapshot.Traits.With(key, value), true);
        foreach (var (volume, node) in machine.Volumes) yield return new(PlacementFilter.Volume, volume, Named([node]), true);
        foreach (var pool in machine.Pools)
        {
            if (_snapshot.Pools.TryGetValue(pool, out var placed)) yield return new(PlacementFilter.Pool, pool, placed, true);
        }

        foreach (var network in machine.Networks)
        {
            if (_snapshot.Networks.TryGetValue((machine.Namespace, network), out var provider))
            {
                if (provider is not null) yield return new(PlacementFilter.ProviderNetwork, provider, _snapshot.Providers.GetValueOrDefault(provider, HostSet.None), true);
            }
            else if (network != MachineInterface.DefaultNetwork && machine.NodeName is null)
            {
                // A project's default network comes by itself, on no physical one; and a machine that runs has its interfaces, whatever became of a network since.
                yield return new(PlacementFilter.Network, network, HostSet.None, true);
            }
        }

        if (machine.Images is null) yield return new(PlacementFilter.Image, null, HostSet.None, true);
        foreach (var image in machine.Images ?? []) yield return new(PlacementFilter.Image, image, _snapshot.Images.GetValueOrDefault(image, HostSet.None), true);
        foreach (var rule in _snapshot.RulesOf(machine.Namespace))
        {
            if (rule.IsHard && rule.Concerns(machine.Labels) && RuleSteps.Refused(_snapshot, rule, machine) is { } step) yield return step;
        }
    }

    private HostSet Named(IEnumerable<string> names)
    {
        var set = new HostSet(_snapshot.Count);
        foreach (var name in names)
        {
            if (_snapshot.Names.Find(name) is >= 0 and var host) set.Add(host);
        }

        return set;
    }
}

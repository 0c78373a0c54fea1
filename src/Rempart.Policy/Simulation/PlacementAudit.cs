using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Policy.Placement;

namespace Rempart.Policy.Simulation;

/// <summary>Looks at where machines are, plainly and without the code that has put them there.</summary>
internal sealed class PlacementAudit
{
    private const string Zone = "topology.kubernetes.io/zone";

    private readonly Dictionary<string, Node> _nodes;
    private readonly IReadOnlyList<VirtualMachine> _machines;
    private readonly IReadOnlyList<PlacementRule> _rules;
    private readonly List<(double Cpu, double Memory, double UsedCpu, double UsedMemory)> _hosts;

    public PlacementAudit(IReadOnlyList<Node> nodes, IReadOnlyList<VirtualMachine> machines, IReadOnlyList<PlacementRule> rules, IReadOnlyList<HostCluster> clusters)
    {
        (_nodes, _machines, _rules) = (nodes.ToDictionary(node => node.Metadata.Name!, StringComparer.Ordinal), machines, rules);
        var used = machines.GroupBy(machine => machine.Status!.NodeName!, StringComparer.Ordinal).ToDictionary(host => host.Key, host => host.Select(MachineDemand.Of).ToList(), StringComparer.Ordinal);
        var overcommits = clusters.ToDictionary(cluster => cluster.Metadata.Name!, cluster => cluster.Spec.Overcommit, StringComparer.Ordinal);
        _hosts = [.. nodes.Select(node =>
        {
            var overcommit = node.Metadata.Labels?.TryGetValue(HostCluster.Label, out var cluster) == true ? overcommits.GetValueOrDefault(cluster) : null;
            var (allocatable, there) = (node.Status?.Allocatable, used.GetValueOrDefault(node.Metadata.Name!, []));
            return ((double)((allocatable?.GetValueOrDefault("cpu").Value ?? 0) * 1000 * CpuOvercommit.Of(node, overcommit)), (double)(allocatable?.GetValueOrDefault("memory").Value ?? 0) * (overcommit?.MemoryPercent ?? 100) / 100,
                (double)there.Sum(demand => demand.Cpu), (double)there.Sum(demand => demand.Memory));
        })];
    }

    public SimulationResult Measure()
    {
        var demands = _machines.Select(MachineDemand.Of).ToList();
        var (cpu, memory) = demands.Count == 0 ? (0, 0) : (demands.Average(demand => demand.Cpu), demands.Average(demand => demand.Memory));
        var full = _hosts.Where(host => host.Cpu - host.UsedCpu < cpu || host.Memory - host.UsedMemory < memory).ToList();
        return new SimulationResult
        {
            Hosts = _hosts.Count,
            Placed = _machines.Count,
            Unplaced = new Dictionary<string, int>(),
            Overbooked = _hosts.Count(host => host.UsedCpu > host.Cpu || host.UsedMemory > host.Memory),
            BrokenRules = Broken(),
            Memory = Share(host => host.UsedMemory, host => host.Memory),
            Processors = Share(host => host.UsedCpu, host => host.Cpu),
            StrandedMemory = Percent(full.Sum(host => Math.Max(host.Memory - host.UsedMemory, 0)), _hosts.Sum(host => host.Memory)),
            StrandedProcessors = Percent(full.Sum(host => Math.Max(host.Cpu - host.UsedCpu, 0)), _hosts.Sum(host => host.Cpu)),
            InAllZones = InAllZones(),
            Decisions = 0,
            Took = TimeSpan.Zero,
        };
    }

    private static double Percent(double part, double whole) => whole <= 0 ? 0 : part * 100 / whole;

    private SimulationShare Share(Func<(double Cpu, double Memory, double UsedCpu, double UsedMemory), double> used, Func<(double Cpu, double Memory, double UsedCpu, double UsedMemory), double> all)
    {
        var shares = _hosts.Select(host => Percent(used(host), all(host))).ToList();
        if (shares.Count == 0) return default;
        var mean = shares.Average();
        return new(Percent(_hosts.Sum(used), _hosts.Sum(all)), shares.Min(), shares.Max(), Math.Sqrt(shares.Average(share => (share - mean) * (share - mean))));
    }

    private int Broken()
    {
        var projects = _machines.GroupBy(machine => machine.Metadata.Namespace!, StringComparer.Ordinal).ToDictionary(project => project.Key, project => project.ToList(), StringComparer.Ordinal);
        return _rules.Count(rule => rule.Spec.Enforcement is null or PlacementRuleSpec.Hard && projects.TryGetValue(rule.Metadata.Namespace!, out var machines) && IsBroken(rule.Spec, machines));
    }

    private bool IsBroken(PlacementRuleSpec rule, List<VirtualMachine> machines)
    {
        var members = machines.Where(machine => LabelMatch.Matches(rule.Machines, machine.Metadata.Labels)).ToList();
        if (rule.Hosts is not null) return members.Exists(machine => LabelMatch.Matches(rule.Hosts, _nodes.GetValueOrDefault(machine.Status!.NodeName!)?.Metadata.Labels) == (rule.Type == PlacementRuleSpec.Apart));
        var domains = members.GroupBy(machine => Domain(rule, machine), StringComparer.Ordinal).Where(domain => domain.Key.Length > 0).ToList();
        if (rule.Others is null) return rule.Type == PlacementRuleSpec.Apart ? domains.Exists(domain => domain.Count() > (rule.MaxPerDomain ?? 1)) : domains.Count > 1;
        var others = machines.Where(machine => LabelMatch.Matches(rule.Others, machine.Metadata.Labels)).ToLookup(machine => Domain(rule, machine), StringComparer.Ordinal);
        return rule.Type == PlacementRuleSpec.Apart ? domains.Exists(domain => others[domain.Key].Any(other => domain.Any(member => member != other))) : domains.Exists(domain => !others.Contains(domain.Key));
    }

    private string Domain(PlacementRuleSpec rule, VirtualMachine machine)
    {
        var node = machine.Status!.NodeName!;
        return rule.TopologyKey is null or PlacementRuleSpec.HostTopology ? node : _nodes.GetValueOrDefault(node)?.Metadata.Labels?.GetValueOrDefault(rule.TopologyKey) ?? "";
    }

    private double? InAllZones()
    {
        var zones = _nodes.Values.Select(node => node.Metadata.Labels?.GetValueOrDefault(Zone)).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        if (zones == 0) return null;
        var groups = _machines.GroupBy(machine => (machine.Metadata.Namespace, machine.Spec.Template)).Where(group => group.Count() > 1).ToList();
        return Percent(groups.Count(group => group.Select(machine => _nodes.GetValueOrDefault(machine.Status!.NodeName!)?.Metadata.Labels?.GetValueOrDefault(Zone)).Distinct(StringComparer.Ordinal).Count() >= Math.Min(zones, group.Count())), groups.Count);
    }
}

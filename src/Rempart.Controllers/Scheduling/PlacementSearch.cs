using Rempart.Api.Compute;
using Rempart.Api.Infra;
using Rempart.Api.Meta;

namespace Rempart.Controllers.Scheduling;

/// <summary>Filters and scores hosts for one machine. The same view gives the same answer.</summary>
internal static class PlacementSearch
{
    public static Placement Decide(VirtualMachine machine, SchedulerView view)
    {
        if (view.Nodes.Count == 0) return new(null, "NoNodes", "no node is in the cluster yet");
        var judged = view.Nodes.Select(node => (node, obstacle: Obstacle(machine, node, view))).ToList();
        var best = judged.Where(entry => entry.obstacle is null)
            .OrderByDescending(entry => Score(machine, entry.node))
            .ThenBy(entry => entry.node.Node.Metadata.Name, StringComparer.Ordinal)
            .Select(entry => entry.node.Node.Metadata.Name).FirstOrDefault();
        if (best is not null) return new(best, "Scheduled", $"placed on node `{best}`");
        var counts = judged.GroupBy(entry => entry.obstacle!).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Count()} {group.Key}");
        return new(null, "Unschedulable", $"0/{judged.Count} nodes are available: {string.Join(", ", counts)}");
    }

    internal static string? Obstacle(VirtualMachine machine, SchedulerView.Candidate candidate, SchedulerView view)
    {
        var (node, name) = (candidate.Node, candidate.Node.Metadata.Name!);
        if (node.Metadata.DeletionTimestamp is not null) return "leaving the cluster";
        if (!candidate.LeaseFresh || node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready") is not { Status: "True" }) return "not ready";
        if (node.Spec?.Unschedulable == true) return "unschedulable";
        if (node.Spec?.Taints?.FirstOrDefault(taint => taint.Effect is "NoSchedule" or "NoExecute") is { } taint) return $"with the taint `{taint.Key}`";
        if (machine.Spec.NodeSelector?.Any(term => node.Metadata.Labels?.GetValueOrDefault(term.Key) != term.Value) == true) return "without the labels of `spec.nodeSelector`";
        return Pinned(machine, name, view) ?? Images(machine, name, view) ?? Room(machine, candidate);
    }

    private static string? Pinned(VirtualMachine machine, string node, SchedulerView view)
    {
        foreach (var volume in machine.Status?.Volumes ?? [])
        {
            if (view.Volume(volume.ObjectName)?.Status?.NodeName is { } holder && holder != node) return $"not holding volume `{volume.ObjectName}`";
        }
        return null;
    }

    private static string? Images(VirtualMachine machine, string node, SchedulerView view)
    {
        if (machine.Status?.Template is not { } template) return "waiting for the template's settings";
        foreach (var disk in new[] { template.RootDisk, template.Boot.Kernel, template.Boot.Initrd }.OfType<TemplateDisk>())
        {
            if (view.Image(disk.Image) is not { } image) return $"without image `{disk.Image}`, which does not exist";
            if (image.Status is not { Phase: "Ready" } status || status.Nodes?.Contains(node) != true) return $"without image `{disk.Image}`";
        }
        return null;
    }

    private static string? Room(VirtualMachine machine, SchedulerView.Candidate candidate)
    {
        var (wanted, free) = (MachineDemand.Of(machine), Free(candidate));
        if (wanted.MemoryBytes > free.MemoryBytes)
            return $"with too little memory (`{Quantity.FromBytes(wanted.MemoryBytes)}` is needed)";
        return wanted.Cpus > free.Cpus ? $"with too few processors (`{wanted.Cpus}` needed, `{Math.Max(free.Cpus, 0)}` free at an overcommit of {CpuOvercommit.Of(candidate.Node)})" : null;
    }

    private static MachineDemand Free(SchedulerView.Candidate candidate)
    {
        var allocatable = candidate.Node.Status?.Allocatable;
        var taken = candidate.Bound.Select(MachineDemand.Of).ToList();
        return new MachineDemand(
            ((allocatable?.GetValueOrDefault("cpu").Value ?? 0) * CpuOvercommit.Of(candidate.Node)) - taken.Sum(demand => demand.Cpus),
            (allocatable?.GetValueOrDefault("memory").Units ?? 0) - taken.Sum(demand => demand.MemoryBytes));
    }

    // The share of memory that stays free: machines spread over hosts.
    internal static decimal Score(VirtualMachine machine, SchedulerView.Candidate candidate)
    {
        var all = candidate.Node.Status?.Allocatable?.GetValueOrDefault("memory").Value ?? 0;
        return all <= 0 ? 0 : (Free(candidate).MemoryBytes - MachineDemand.Of(machine).MemoryBytes) / all;
    }
}

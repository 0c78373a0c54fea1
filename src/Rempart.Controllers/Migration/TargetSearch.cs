using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Storage;
using Rempart.Policy.Migrations;
using Rempart.Policy.Placement;

namespace Rempart.Controllers.Migration;

/// <summary>Chooses where a machine moves to: by the rules of placement, as if it came anew, but for its disks, which go along; and by what a running guest needs besides.</summary>
internal static class TargetSearch
{
    public const string NoTarget = "NoTarget";
    public const string Refused = "TargetRefused";
    private const int MostNamed = 8;

    /// <param name="machine">The machine; it is on a host.</param>
    /// <param name="wanted">The host that is asked for; null for the best.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">What a host is made of, by its name.</param>
    /// <param name="node">A node by its name.</param>
    /// <param name="volume">A volume of its project by its name: the target must have its pool.</param>
    /// <param name="crowded">Why a host has no room for the machine's disks; null when it has.</param>
    public static MoveTarget Choose(VirtualMachine machine, string? wanted, ClusterSnapshot cluster, Func<string, Host?> host, Func<string, Node?> node, Func<string, Volume?> volume, Func<string, string?> crowded)
    {
        var source = machine.Status!.NodeName!;
        // Those that fit come first, the best of them at the top.
        var judged = PlacementSearch.Explain(cluster, MachineFacts.Of(machine, volume) with { Volumes = [] }).Hosts.Where(verdict => verdict.Node != source)
            .Select(verdict => (Name: verdict.Node, Why: verdict.Message ?? HostFit.Obstacle(machine.Status!.Accelerator, host(source), host(verdict.Node), Accelerator(node(verdict.Node))) ?? crowded(verdict.Node))).ToList();
        if (wanted is not null)
        {
            if (wanted == source) return new(null, Refused, $"the machine is on node `{wanted}` already");
            var asked = judged.Find(entry => entry.Name == wanted);
            if (asked.Name is null) return new(null, Refused, $"node `{wanted}` is not in the cluster");
            return asked.Why is { } why ? new(null, Refused, $"node `{wanted}` {why}") : new(wanted, "TargetChosen", $"moves from node `{source}` to node `{wanted}`, as asked for");
        }

        if (judged.Count == 0) return new(null, NoTarget, "there is no other node in the cluster");
        if (judged.Find(entry => entry.Why is null).Name is { } best) return new(best, "TargetChosen", $"moves from node `{source}` to node `{best}`");
        judged.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return new(null, NoTarget, "no other node can take the machine: " + string.Join("; ", judged.Take(MostNamed).Select(entry => $"`{entry.Name}` {entry.Why}")) + (judged.Count > MostNamed ? $"; and {judged.Count - MostNamed} more" : ""));
    }

    private static string? Accelerator(Node? node) => node?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "HardwareAcceleration")?.Status switch { "True" => "kvm", "False" => "tcg", _ => null };
}

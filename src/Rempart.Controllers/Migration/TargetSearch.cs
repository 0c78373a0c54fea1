using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Controllers.Scheduling;
using Rempart.Policy.Migrations;

namespace Rempart.Controllers.Migration;

/// <summary>Chooses where a machine moves to: by the rules of placement, as if it came anew, but for its disks, which go along; and by what a running guest needs besides.</summary>
internal static class TargetSearch
{
    public const string NoTarget = "NoTarget";
    public const string Refused = "TargetRefused";

    /// <param name="machine">The machine; it is on a host.</param>
    /// <param name="wanted">The host that is asked for; null for the best.</param>
    /// <param name="view">The cluster.</param>
    /// <param name="host">What a host is made of, by its name.</param>
    public static MoveTarget Choose(VirtualMachine machine, string? wanted, SchedulerView view, Func<string, Host?> host)
    {
        var source = machine.Status!.NodeName!;
        var moving = view with { Volume = _ => null };
        var judged = view.Nodes.Where(candidate => candidate.Node.Metadata.Name != source)
            .Select(candidate => (Candidate: candidate, Name: candidate.Node.Metadata.Name!, Why: Obstacle(machine, candidate, moving, host)))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal).ToList();
        if (wanted is not null)
        {
            if (wanted == source) return new(null, Refused, $"the machine is on node `{wanted}` already");
            var asked = judged.Find(entry => entry.Name == wanted);
            if (asked.Candidate is null) return new(null, Refused, $"node `{wanted}` is not in the cluster");
            return asked.Why is { } why ? new(null, Refused, $"node `{wanted}` {why}") : new(wanted, "TargetChosen", $"moves from node `{source}` to node `{wanted}`, as asked for");
        }

        if (judged.Count == 0) return new(null, NoTarget, "there is no other node in the cluster");
        var best = judged.Where(entry => entry.Why is null).OrderByDescending(entry => PlacementSearch.Score(machine, entry.Candidate)).ThenBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => entry.Name).FirstOrDefault();
        return best is not null
            ? new(best, "TargetChosen", $"moves from node `{source}` to node `{best}`")
            : new(null, NoTarget, "no other node can take the machine: " + string.Join("; ", judged.Take(8).Select(entry => $"`{entry.Name}` {entry.Why}")) + (judged.Count > 8 ? $"; and {judged.Count - 8} more" : ""));
    }

    private static string? Obstacle(VirtualMachine machine, SchedulerView.Candidate candidate, SchedulerView view, Func<string, Host?> host) =>
        PlacementSearch.Obstacle(machine, candidate, view) is { } obstacle ? $"is {obstacle}" : HostFit.Obstacle(machine.Status!.Accelerator, host(machine.Status.NodeName!), host(candidate.Node.Metadata.Name!), Accelerator(candidate.Node));

    private static string? Accelerator(Node node) => node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "HardwareAcceleration")?.Status switch { "True" => "kvm", "False" => "tcg", _ => null };
}

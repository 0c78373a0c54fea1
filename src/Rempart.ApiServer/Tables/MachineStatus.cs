using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>A machine's status cell: its phase and, while it has not begun to run, the reason of what it waits for, as <c>Init:Error</c> is a pod's.</summary>
internal static class MachineStatus
{
    /// <summary>The kind whose column <c>Status</c> this is.</summary>
    public const string GroupResource = "virtualmachines.compute.rempart.dev";

    // In the order in which they come about: the first that does not hold is what is waited for.
    private static readonly string[] _needed = ["Scheduled", "VolumesReady", "NetworkReady", "Running"];

    /// <summary>Such as <c>Running</c> or <c>Scheduled:InvalidAddress</c>.</summary>
    public static TableCell Of(JsonElement machine)
    {
        var phase = JsonPath.Text(machine, "status", "phase");
        if (phase is not ("Pending" or "Scheduled")) return TableCell.Of(phase);
        var conditions = JsonPath.Items(machine, "status", "conditions").ToList();
        var reason = _needed.Select(type => conditions.Where(c => JsonPath.Text(c, "type") == type && JsonPath.Text(c, "status") == "False").Select(c => JsonPath.Text(c, "reason")).FirstOrDefault())
            .FirstOrDefault(r => !string.IsNullOrEmpty(r));
        return TableCell.Of(reason is null ? phase : $"{phase}:{reason}");
    }
}

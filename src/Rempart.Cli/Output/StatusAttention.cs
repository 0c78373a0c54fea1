using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Versions;

namespace Rempart.Cli.Output;

/// <summary>What is not as wanted, why, and what to do about it: a command, or whom to ask.</summary>
/// <param name="What">Which object or server.</param>
/// <param name="Why">A sentence.</param>
/// <param name="Do">What helps, or tells more.</param>
internal sealed record StatusAttention(string What, string Why, string Do)
{
    // What is behind a commit takes seconds; clocks of servers and of this host may differ by a minute.
    private static readonly TimeSpan CommittedFor = TimeSpan.FromMinutes(3);

    /// <summary>All of a cluster, the worst first.</summary>
    public static IReadOnlyList<StatusAttention> Of(ClusterView view) =>
    [
        .. view.Servers.Where(server => server.State != "ready").Select(server => new StatusAttention(server.Server, $"is {server.State}", "start it, or look into its log")),
        .. !view.LeaderHidden && view.Leading is null ? [new StatusAttention("lease/rempart-controllers -n kube-system", "no server runs the controllers: nothing new is placed or made", "start a server with `--controllers on`")] : Array.Empty<StatusAttention>(),
        .. OfServers(view.RunningServers),
        .. view.Nodes.SelectMany(node => OfNode(node, view)),
        .. view.Maintenances.SelectMany(maintenance => OfMaintenance(maintenance, view)),
        .. view.Moves.SelectMany(move => OfMove(move, view)),
        .. view.Machines.Where(machine => Wanted(machine) != Phase(machine)).Select(OfMachine),
        .. view.Templates.Where(template => StatusReport.Condition(template, "Approved") != "True")
            .Select(template => new StatusAttention($"machinetemplate/{StatusReport.Name(template)}", Message(template, "Approved") ?? "is not approved", $"rempart approve {StatusReport.Name(template)}")),
    ];

    // Servers first, the oldest of them next; agents when all servers have the new version.
    private static IEnumerable<StatusAttention> OfServers(IReadOnlyList<(string Server, ProgramVersion Version)> servers)
    {
        if (servers.Count == 0) yield break;
        var newest = servers.Select(server => server.Version).Aggregate((one, other) => other.IsNewerThan(one) ? other : one);
        foreach (var (server, version) in servers.Where(server => newest.IsNewerThan(server.Version)))
            yield return new($"server {server}", $"is {version} beside {newest}: an upgrade is under way", $"upgrade the server `{server}`, then the agents: docs/operations/upgrade.md");
    }

    private static StatusAttention? OfAgent(JsonObject node, ClusterView view)
    {
        var name = StatusReport.Name(node);
        if (!ProgramVersion.TryParse(node["status"]?["nodeInfo"]?["kubeletVersion"]?.ToString(), out var agent) || !ProgramVersion.TryParse(view.ServerVersion, out var answering)) return null;
        List<ProgramVersion> servers = view.RunningServers is { Count: > 0 } running ? [.. running.Select(server => server.Version)] : [answering];
        foreach (var server in servers)
        {
            if (VersionSkew.OfAgent(server, agent) is not null)
                return new($"node/{name}", $"its agent is {agent} and the server {server}: {(agent.IsNewerThan(server) ? "an agent is never newer" : "more than one minor version apart is not supported")}", "upgrade the older one: docs/operations/upgrade.md");
        }

        return servers.TrueForAll(server => server.IsNewerThan(agent))
            ? new($"node/{name}", $"its agent is {agent} and the servers {servers[0]}: an upgrade is under way", $"upgrade the agent on `{name}`: docs/operations/upgrade.md") : null;
    }

    private static IEnumerable<StatusAttention> OfNode(JsonObject node, ClusterView view)
    {
        var name = StatusReport.Name(node);
        var what = $"node/{name}";
        if (StatusReport.Condition(node, "Ready") == "Unknown")
            yield return new(what, Message(node, "Ready") ?? "has given no sign of life", $"look at the agent on `{name}`; if the host is gone for good: rempart node remove {name}{Force(node, view)}");
        else if (StatusReport.Condition(node, "Ready") != "True")
            yield return new(what, Message(node, "Ready") ?? "is not ready", $"rempart describe node {name}");
        if (StatusReport.Condition(node, "MachinesKept") == "True")
            yield return new(what, Message(node, "MachinesKept") ?? "has machines that the cluster does not know", $"rempart node token create {name}; see docs/operations/backup.md");
        foreach (var type in new[] { "DiskPressure", "MemoryPressure" })
        {
            if (StatusReport.Condition(node, type) == "True") yield return new(what, Message(node, type) ?? type, type == "DiskPressure" ? "rempart get vol,img -A" : $"rempart get vm -A; move or stop some of `{name}`");
        }

        var host = view.HostOf(node);
        var status = host?["status"];
        if (host?["spec"]?["profile"] is { } profile && StatusReport.Condition(host, "ProfileApplied") == "False")
            yield return new(what, $"differs from host profile `{profile}`: {Message(host, "ProfileApplied")}", $"rempart describe host {name}");
        foreach (var plane in (status?["planes"] as JsonArray ?? []).OfType<JsonObject>().Where(plane => plane["ready"]?.GetValue<bool>() != true))
        {
            yield return new(what, $"plane `{plane["name"]}` is down: {(plane["device"] is { } device ? $"no carrier on `{device}`" : $"no device has `{plane["address"]}`")}", $"ip address; ip link   (on `{name}`)");
        }

        // While the agent itself is silent, what it said of its tunnels is old.
        if (StatusReport.Condition(node, "Ready") != "Unknown")
        {
            foreach (var tunnel in (status?["tunnels"] as JsonArray ?? []).OfType<JsonObject>().Where(tunnel => tunnel["connected"]?.GetValue<bool>() != true))
                yield return new(what, $"its agent has no tunnel to {tunnel["server"]}: no consoles or uploads of this host through that server", $"curl -k {tunnel["server"]}/readyz   (on `{name}`)");
        }

        if (OfAgent(node, view) is { } version) yield return version;
    }

    // With machines the removal is refused, and with `--force` they are given up: that is said where it is asked for.
    private static string Force(JsonObject node, ClusterView view) =>
        view.Machines.Count(machine => machine["status"]?["nodeName"]?.ToString() == StatusReport.Name(node)) is var bound and > 0
            ? $" --force, which gives up its {bound} machine{(bound == 1 ? "" : "s")}" : "";

    private static IEnumerable<StatusAttention> OfMaintenance(JsonObject maintenance, ClusterView view)
    {
        var name = StatusReport.Name(maintenance);
        if (!view.Nodes.Any(node => StatusReport.Name(node) == name))
            yield return new($"hostmaintenance/{name}", "there is no such host; one that joins under this name is emptied at once", $"rempart host maintenance {name} --leave");
        else if (maintenance["status"]?["phase"]?.ToString() == "Blocked")
            yield return new($"hostmaintenance/{name}", $"is blocked: {maintenance["status"]?["message"]}", $"rempart describe hm {name}");
    }

    private static IEnumerable<StatusAttention> OfMove(JsonObject move, ClusterView view)
    {
        var (name, project, status) = (StatusReport.Name(move), move["metadata"]?["namespace"], move["status"]);
        if (status?["phase"]?.ToString() is "Completed" or "Failed" or "Canceled" || StatusReport.FindCondition(move, "Committed") is not { } committed || committed["status"]?.ToString() != "True") yield break;
        if (!DateTimeOffset.TryParse(committed["lastTransitionTime"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since) || view.Now - since < CommittedFor) yield break;
        var (source, target) = (Said(status?["source"]), Said(status?["target"]));
        yield return new($"mm/{name} -n {project}", $"is committed and does not end: node `{status?["sourceNode"]}` says {source}, node `{status?["targetNode"]}` says {target}", $"look at their agents; rempart describe mm {name} -n {project}");
    }

    private static string Said(JsonNode? side) => $"`{side?["state"]?.ToString() ?? "nothing"}`{(side?["message"] is { } message ? $" ({message})" : "")}";

    private static StatusAttention OfMachine(JsonObject machine)
    {
        var blocking = (machine["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => condition["status"]?.ToString() == "False" && condition["type"]?.ToString() != "GuestReady");
        var (name, project) = (StatusReport.Name(machine), machine["metadata"]?["namespace"]);
        return new($"vm/{name} -n {project}", $"is {Phase(machine)}, should be {Wanted(machine)}{(blocking?["message"] is { } message ? $": {message}" : "")}", $"rempart describe vm {name} -n {project}");
    }

    private static string Wanted(JsonObject machine) => machine["spec"]?["powerState"]?.ToString() ?? "Running";

    private static string Phase(JsonObject machine) => machine["status"]?["phase"]?.ToString() ?? "Pending";

    private static string? Message(JsonObject item, string type) => StatusReport.FindCondition(item, type)?["message"]?.ToString();
}

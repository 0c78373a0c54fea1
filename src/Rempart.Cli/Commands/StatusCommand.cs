using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart status</c>: hosts, machines and health at a glance.</summary>
internal sealed class StatusCommand() : ApiCommand("status", "Shows hosts, machines and what needs attention, at a glance.")
{
    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        async Task<IReadOnlyList<JsonObject>> ListAsync(string kind, string query = "?limit=5000") =>
            [.. ((await scope.Session.GetAsync(catalog.Find(kind).Path(null) + query, null, cancellationToken))["items"] as JsonArray ?? []).OfType<JsonObject>()];

        var version = await scope.Session.GetAsync("/version", null, cancellationToken);
        var (nodes, machines, templates) = (await ListAsync("nodes"), await ListAsync("virtualmachines.compute.rempart.dev"), await ListAsync("machinetemplates.compute.rempart.dev"));
        var attention = StatusReport.Attention(nodes, machines, templates);
        await scope.Out.WriteLineAsync($"server     {version["gitVersion"]} at {scope.Session.Server.GetLeftPart(UriPartial.Authority)}");
        await scope.Out.WriteLineAsync($"health     {(attention.Count == 0 ? "all well" : $"{attention.Count} to look at")}");
        await scope.Out.WriteLineAsync($"templates  {templates.Count} ({templates.Count(t => StatusReport.Condition(t, "Approved") == "True")} approved)");
        await scope.Out.WriteLineAsync();
        await scope.Out.WriteAsync(ColumnText.Format(["HOST", "STATE", "MACHINES", "CPUS", "MEMORY", "ACCELERATION"], [.. nodes.Select(n => StatusReport.Host(n, machines))]));
        if (machines.Count > 0)
        {
            await scope.Out.WriteLineAsync();
            await scope.Out.WriteAsync(ColumnText.Format(["PROJECT", "MACHINES", .. StatusReport.Phases.Select(p => p.ToUpperInvariant())], StatusReport.Projects(machines)));
        }

        if (attention.Count == 0) return ExitCode.Ok;
        await scope.Out.WriteLineAsync();
        await scope.Out.WriteAsync(ColumnText.Format(["LOOK AT", "BECAUSE"], attention));
        return ExitCode.Ok;
    }
}

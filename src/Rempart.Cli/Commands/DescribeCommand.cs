using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart describe</c>: an object for people, with its events.</summary>
internal sealed class DescribeCommand : ApiCommand
{
    private readonly ObjectsArgument _objects = new() { Description = "kind and names (`vm first`) or `kind/name`", Arity = ArgumentArity.OneOrMore };

    public DescribeCommand() : base("describe", "Shows everything about objects, their events included. Example: rempart describe vm first") => Arguments.Add(_objects);

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        var first = true;
        foreach (var (kind, name) in ObjectNames.Parse(parse.GetValue(_objects)!))
        {
            var type = catalog.Find(kind);
            var answer = await scope.Session.GetAsync(type.Path(scope.Namespace, name), null, cancellationToken);
            IEnumerable<JsonObject> objects = name is null ? (answer["items"] as JsonArray ?? []).OfType<JsonObject>() : [answer];
            foreach (var item in objects)
            {
                if (!first) await scope.Out.WriteLineAsync();
                first = false;
                await scope.Out.WriteAsync(DescribeText.Format(item, type.Kind));
                if (type.GroupResource == "virtualmachines.compute.rempart.dev") await MoveAsync(scope, catalog, item, cancellationToken);
                await EventsAsync(scope, catalog.Find("events"), item, cancellationToken);
            }
        }

        return ExitCode.Ok;
    }

    // Who may not read moves is told of the machine all the same.
    private static async Task MoveAsync(CommandScope scope, ResourceCatalog catalog, JsonObject machine, CancellationToken cancellationToken)
    {
        if (machine["status"]?["migration"]?.ToString() is not { } name) return;
        try
        {
            if (await scope.Session.FindAsync(catalog.Find("machinemigrations.compute.rempart.dev").Path(machine["metadata"]?["namespace"]?.ToString(), name), cancellationToken) is { } move)
                await scope.Out.WriteAsync($"Move:             {name}: {(move["status"]?["phase"]?.ToString() == "Completed" ? MoveText.Outcome(move) : MoveText.Line(move))}\n");
        }
        catch (ApiException refused) when (refused.Code == 403)
        {
        }
    }

    private static async Task EventsAsync(CommandScope scope, ResourceType events, JsonObject item, CancellationToken cancellationToken)
    {
        if (item["metadata"]?["uid"]?.ToString() is not { } uid) return;
        var ns = item["metadata"]?["namespace"]?.ToString();
        var list = await scope.Session.GetAsync(events.Path(ns) + "?limit=500&fieldSelector=" + Uri.EscapeDataString($"involvedObject.uid={uid}"), null, cancellationToken);
        var rows = (list["items"] as JsonArray ?? []).OfType<JsonObject>()
            .OrderBy(Moment)
            .Select(e => (IReadOnlyList<string>)["  " + e["type"], e["reason"]?.ToString() ?? "", Age.Text(Moment(e), TimeProvider.System) + Times(e),
                e["source"]?["component"]?.ToString() ?? e["reportingComponent"]?.ToString() ?? "", e["message"]?.ToString() ?? ""])
            .ToList();
        await scope.Out.WriteAsync(rows.Count == 0 ? "Events:  <none>\n" : "Events:\n" + ColumnText.Format(["  Type", "Reason", "Age", "From", "Message"], rows));
    }

    private static DateTimeOffset Moment(JsonObject e) =>
        DateTimeOffset.TryParse((e["lastTimestamp"] ?? e["eventTime"] ?? e["metadata"]?["creationTimestamp"])?.ToString(), CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.UnixEpoch;

    private static string Times(JsonObject e) => e["count"]?.GetValue<int>() is > 1 and var n ? $" (x{n})" : "";
}

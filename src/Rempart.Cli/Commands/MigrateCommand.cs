using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart migrate</c>: moves a running machine to another host, its disks to other pools, or both, and shows how far it is.</summary>
internal sealed class MigrateCommand : ApiCommand
{
    private readonly NameArgument<string> _machine = new("machine", "virtualmachines.compute.rempart.dev") { Description = "machine to move" };
    private readonly NameOption _to = new("--to", "nodes") { Description = "host to move to; the scheduler's choice when unset", HelpName = "host" };
    private readonly Option<string[]> _pool = new("--pool") { Description = "pool that the disks go to, all of them, or VOLUME=POOL for one; may be given again. Without `--to` the machine stays on its host, and may be stopped", HelpName = "pool" };
    private readonly Option<string?> _bandwidth = new("--bandwidth") { Description = "most bytes a second, such as 100Mi", HelpName = "bytes" };
    private readonly Option<int?> _downtime = new("--downtime-limit") { Description = "milliseconds for which the guest may stand still, 1 to 60000 (100)", HelpName = "ms" };
    private readonly Option<int?> _timeout = new("--timeout") { Description = "seconds until the move is given up, 10 to 86400 (3600)", HelpName = "seconds" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "begin and don't follow" };
    private readonly Option<bool> _cancel = new("--cancel") { Description = "give up the machine's move, as long as it runs on the host that it came from" };

    public MigrateCommand() : base("migrate", "Moves a running machine to another host, or its disks to another pool, without ending it. Examples: rempart migrate first --to host2; rempart migrate first --pool fast; rempart migrate first --pool first-data=fast")
    {
        Arguments.Add(_machine);
        Options.Add(_to);
        Options.Add(_pool);
        Options.Add(_bandwidth);
        Options.Add(_downtime);
        Options.Add(_timeout);
        Options.Add(_noWait);
        Options.Add(_cancel);
        Validators.Add(result =>
        {
            if (result.GetValue(_cancel) && (result.GetValue(_to) is not null || result.GetValue(_pool) is { Length: > 0 } || result.GetValue(_bandwidth) is not null || result.GetValue(_downtime) is not null || result.GetValue(_timeout) is not null))
                result.AddError("`--cancel` gives up the move that is under way: leave out `--to`, `--pool`, `--bandwidth`, `--downtime-limit` and `--timeout`");
        });
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var type = (await scope.CatalogAsync(cancellationToken)).Find("machinemigrations.compute.rempart.dev");
        var machine = parse.GetValue(_machine)!;
        var name = parse.GetValue(_cancel) ? await CancelAsync(scope, type, machine, cancellationToken) : await BeginAsync(scope, type, machine, parse, cancellationToken);
        if (parse.GetValue(_noWait))
        {
            await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} {(parse.GetValue(_cancel) ? "is being given up" : "begun")}");
            return ExitCode.Ok;
        }

        var move = await FollowAsync(scope, type, machine, name, cancellationToken);
        var phase = move["status"]?["phase"]?.ToString();
        if (phase == "Completed" && !parse.GetValue(_cancel))
        {
            await scope.Out.WriteLineAsync($"virtualmachine/{machine} {MoveText.Outcome(move)}");
            return ExitCode.Ok;
        }

        if (phase == "Canceled" && parse.GetValue(_cancel))
        {
            await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} given up{(Stays(move) ? $"; virtualmachine/{machine} {(MoveText.StaysOnHost(move) ? "has its disks where they were" : $"runs on {move["status"]?["sourceNode"]} as before")}" : $": {move["status"]?["message"]}")}");
            return ExitCode.Ok;
        }

        if (parse.GetValue(_cancel)) throw new CliException($"the move could not be given up any more: {move["status"]?["message"]}");
        throw new CliException(Failure(machine, move));
    }

    /// <summary>The sentence for a move that came to nothing.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="move">The MachineMigration.</param>
    internal static string Failure(string machine, JsonObject move)
    {
        var what = move["status"]?["phase"]?.ToString() == "Canceled" ? "the move was given up" : "the move failed";
        return $"{what}{(Stays(move) ? $", and virtualmachine/{machine} {(MoveText.StaysOnHost(move) ? "has its disks where they were" : "runs as before")}" : "")}: {move["status"]?["message"]}{Hint(move)}";
    }

    // What became of a machine that was stopped, deleted or bound anew, or did not run to begin with, is not this move's to promise.
    private static bool Stays(JsonObject move) => move["status"]?["reason"]?.ToString() is var reason
        && (reason is "TargetRefused" or "NoTarget" || (move["status"]?["sourceNode"] is not null && reason is "TargetFailed" or "TargetLost" or "SourceFailed" or "Timeout" or "Canceled" or "Deleted"));

    /// <summary>What to do about a move that failed.</summary>
    /// <param name="move">The MachineMigration.</param>
    internal static string Hint(JsonObject move) => move["status"]?["reason"]?.ToString() switch
    {
        "TargetRefused" => "; leave out `--to` and let the scheduler choose, or see `rempart describe node`",
        "NoTarget" => "; make room, uncordon a host, or add one",
        "Timeout" when move["status"]?["sourceNode"] is not null => "; try a larger `--timeout` or `--downtime-limit`, or more `--bandwidth`",
        "TargetFailed" or "SourceFailed" or "TargetLost" or "SourceLost" => $"; see `rempart describe mm {move["metadata"]?["name"]} -n {move["metadata"]?["namespace"]}`",
        _ => "",
    };

    private async Task<string> BeginAsync(CommandScope scope, ResourceType type, string machine, ParseResult parse, CancellationToken cancellationToken)
    {
        var spec = new JsonObject { ["machine"] = machine };
        if (parse.GetValue(_to) is { } target) spec["targetNode"] = target;
        if (parse.GetValue(_pool) is { Length: > 0 } pools) spec["volumes"] = await VolumesAsync(scope, machine, pools, parse.GetValue(_to) is not null, cancellationToken);
        if (parse.GetValue(_bandwidth) is { } bandwidth) spec["bandwidth"] = bandwidth;
        if (parse.GetValue(_downtime) is { } downtime) spec["downtimeLimitMilliseconds"] = downtime;
        if (parse.GetValue(_timeout) is { } timeout) spec["timeoutSeconds"] = timeout;
        var made = await scope.Session.SendAsync(HttpMethod.Post, type.Path(scope.Namespace), new JsonObject
        {
            ["apiVersion"] = type.ApiVersion, ["kind"] = type.Kind, ["metadata"] = new JsonObject { ["generateName"] = $"{machine}-" }, ["spec"] = spec,
        }, cancellationToken);
        return made["metadata"]!["name"]!.ToString();
    }

    private static async Task<JsonArray> VolumesAsync(CommandScope scope, string machine, IReadOnlyList<string> pools, bool leaves, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        var found = await scope.Session.GetAsync(catalog.Find("virtualmachines.compute.rempart.dev").Path(scope.Namespace, machine), null, cancellationToken);
        var attached = (found["status"]?["volumes"] as JsonArray ?? []).Select(volume => volume?["objectName"]?.ToString()).OfType<string>().ToList();
        var places = new Dictionary<string, string?>(StringComparer.Ordinal);
        var volumes = catalog.Find("volumes.storage.rempart.dev");
        foreach (var name in attached) places[name] = (await scope.Session.GetAsync(volumes.Path(scope.Namespace, name), null, cancellationToken))["status"]?["pool"]?.ToString();
        return PoolWish.Volumes(machine, pools, places, leaves);
    }

    private static async Task<string> CancelAsync(CommandScope scope, ResourceType type, string machine, CancellationToken cancellationToken)
    {
        var list = await scope.Session.GetAsync(type.Path(scope.Namespace) + "?fieldSelector=" + Uri.EscapeDataString($"spec.machine={machine}"), null, cancellationToken);
        var active = (list["items"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(move => move["status"]?["phase"]?.ToString() is not ("Completed" or "Failed" or "Canceled"))
            ?? throw new CliException($"machine `{machine}` is not being moved: see `rempart get mm -n {scope.Namespace}`", ExitCode.NotFound);
        var name = active["metadata"]!["name"]!.ToString();
        await scope.Session.SendAsync(HttpMethod.Patch, type.Path(scope.Namespace, name), new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } }, cancellationToken, "application/merge-patch+json");
        return name;
    }

    private static async Task<JsonObject> FollowAsync(CommandScope scope, ResourceType type, string machine, string name, CancellationToken cancellationToken)
    {
        JsonObject? last = null;
        await using (var progress = Waiting.Start(scope.Error, string.Create(CultureInfo.InvariantCulture, $"moving {machine}")))
        {
            await WaitCommand.FollowAsync(scope, type, scope.Namespace, name, move =>
            {
                if (move is null) throw new CliException($"machinemigration `{name}` was deleted meanwhile: see `rempart describe vm {machine}`", ExitCode.NotFound);
                last = move;
                progress.Say($"moving {machine}: {MoveText.Line(move)}");
                return move["status"]?["phase"]?.ToString() is "Completed" or "Failed" or "Canceled";
            }, cancellationToken);
        }

        return last!;
    }
}

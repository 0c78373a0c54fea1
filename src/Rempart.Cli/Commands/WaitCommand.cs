using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Http;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart wait</c>: until a condition is true, a phase is reached or an object is gone.</summary>
internal sealed class WaitCommand : ApiCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ObjectsArgument _objects = new() { Description = "kind and names (`vm first`) or `kind/name`", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _for = new("--for") { Description = "condition=GuestReady, phase=Running or delete", Required = true, HelpName = "what" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "seconds to wait", DefaultValueFactory = _ => 300 };

    public WaitCommand() : base("wait", "Waits until objects are as wanted. Example: rempart wait vm first --for condition=GuestReady")
    {
        Arguments.Add(_objects);
        Options.Add(_for);
        Options.Add(_timeout);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        var wish = Wish(parse.GetValue(_for)!);
        foreach (var (kind, name) in ObjectNames.Parse(parse.GetValue(_objects)!))
        {
            var type = catalog.Find(kind);
            await UntilAsync(scope, type, name ?? throw new CliException("name the objects to wait for", ExitCode.Usage), parse.GetValue(_for)!, wish, TimeSpan.FromSeconds(parse.GetValue(_timeout)), cancellationToken);
            await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} {parse.GetValue(_for)}");
        }

        return ExitCode.Ok;
    }

    /// <summary>Watches one object until it is as wished; each change of its state is told.</summary>
    /// <param name="scope">Connection.</param>
    /// <param name="type">Kind.</param>
    /// <param name="name">Object.</param>
    /// <param name="what">The wish in words.</param>
    /// <param name="wish">True once it is fulfilled; null stands for an object that is gone.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    internal static async Task UntilAsync(CommandScope scope, ResourceType type, string name, string what, Func<JsonObject?, bool> wish, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        await using var progress = Waiting.Start(scope.Error, $"{type.Singular} `{name}`: waiting for {what}");
        JsonObject? seen = null;
        try
        {
            await FollowAsync(scope, type, scope.Namespace, name, now =>
            {
                seen = now;
                if (wish(seen)) return true;
                progress.Say($"{type.Singular} `{name}`: {StateOf(seen)}, waiting for {what}");
                return false;
            }, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"{type.Singular} `{name}` is {StateOf(seen)} after {timeout.TotalSeconds:0} s, not {what}: see `rempart describe {type.Singular} {name}`", ExitCode.Timeout);
        }
    }

    /// <summary>Tells of an object as it is and with each change, until that is enough. It outlives the server that it asks.</summary>
    /// <param name="scope">Connection.</param>
    /// <param name="type">Kind.</param>
    /// <param name="ns">Project; null for kinds outside of projects.</param>
    /// <param name="name">Object.</param>
    /// <param name="enough">Told of the object, null when it is gone; true when that was all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task FollowAsync(CommandScope scope, ResourceType type, string? ns, string name, Func<JsonObject?, bool> enough, CancellationToken cancellationToken)
    {
        // A watch may end at any time: begin again from what is there.
        for (var done = false; !done; await Task.Delay(done ? TimeSpan.Zero : Pause, TimeProvider.System, cancellationToken))
        {
            var seen = await Interruption.OutlastAsync(_ => scope.Session.FindAsync(type.Path(ns, name), cancellationToken), cancellationToken);
            done = enough(seen) || await ChangesAsync(scope, type, ns, name, seen, enough, cancellationToken);
        }
    }

    private static async Task<bool> ChangesAsync(CommandScope scope, ResourceType type, string? ns, string name, JsonObject? seen, Func<JsonObject?, bool> enough, CancellationToken cancellationToken)
    {
        var query = $"?watch=true&timeoutSeconds=60&fieldSelector=metadata.name%3D{name}&resourceVersion={seen?["metadata"]?["resourceVersion"]}";
        try
        {
            await foreach (var (kind, value) in WatchLines.ReadAsync(scope.Session, type.Path(ns) + query, null, cancellationToken))
            {
                if (kind is "ERROR" or "BOOKMARK") return false;
                if (enough(kind is "DELETED" ? null : value)) return true;
            }
        }
        catch (ApiException refused) when (refused.Code is 403 or 410)
        {
            // Who may not watch looks now and then, and so does who asks for changes since a state that is forgotten.
        }
        catch (Exception broken) when (Interruption.Is(broken))
        {
        }

        return false;
    }

    private static Func<JsonObject?, bool> Wish(string text) => text.Split('=', 3) switch
    {
        ["delete"] => o => o is null,
        ["condition", var type] => o => ConditionStatus(o, type) == "True",
        ["condition", var type, var status] => o => string.Equals(ConditionStatus(o, type), status, StringComparison.OrdinalIgnoreCase),
        ["phase", var phase] => o => o?["status"]?["phase"]?.ToString() == phase,
        _ => throw new CliException($"`--for {text}` is not understood: condition=TYPE, condition=TYPE=STATUS, phase=PHASE or delete", ExitCode.Usage),
    };

    private static string? ConditionStatus(JsonObject? o, string type) =>
        (o?["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(c => string.Equals(c["type"]?.ToString(), type, StringComparison.OrdinalIgnoreCase))?["status"]?.ToString();

    private static string StateOf(JsonObject? o) => o is null ? "gone" : o["status"]?["phase"]?.ToString() is { } phase ? $"`{phase}`{(o["status"]?["progress"] is { } progress ? $" ({progress})" : "")}" : "there";
}

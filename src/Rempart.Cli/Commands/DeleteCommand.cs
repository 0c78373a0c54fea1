using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Documents;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart delete</c>: removes objects and waits until they are gone.</summary>
internal sealed class DeleteCommand : ApiCommand
{
    private readonly ObjectsArgument _objects = new() { Description = "kind and names (`vm first`) or `kind/name`", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _files = new("--filename", "-f") { Description = "objects that a file, folder or - names", HelpName = "path" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "don't wait until the objects are gone" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "seconds to wait", DefaultValueFactory = _ => 300 };

    public DeleteCommand() : base("delete", "Deletes objects and waits until they are gone. Example: rempart delete vm first")
    {
        Arguments.Add(_objects);
        Options.Add(_files);
        Options.Add(_noWait);
        Options.Add(_timeout);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        List<(ResourceType Type, string? Namespace, string Name, string? Uid)> deleted = [];
        foreach (var (type, ns, name) in await TargetsAsync(scope, parse, cancellationToken))
        {
            try
            {
                var answer = await scope.Session.SendAsync(HttpMethod.Delete, type.Path(ns, name), null, cancellationToken);
                deleted.Add((type, ns, name, (answer["metadata"]?["uid"] ?? answer["details"]?["uid"])?.ToString()));
                await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} deleted");
            }
            catch (ApiException e) when (e.Code == 404 && parse.GetValue(_files) is { Length: > 0 })
            {
                await scope.Error.WriteLineAsync($"{type.GroupResource}/{name} is already gone");
            }
        }

        if (!parse.GetValue(_noWait))
            foreach (var (type, ns, name, uid) in deleted) await GoneAsync(scope, type, ns, name, uid, TimeSpan.FromSeconds(parse.GetValue(_timeout)), cancellationToken);
        return ExitCode.Ok;
    }

    private async Task<IReadOnlyList<(ResourceType Type, string? Namespace, string Name)>> TargetsAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        if (parse.GetValue(_files) is { Length: > 0 } files)
        {
            // In reverse, so that what was made last, and may use what was made first, goes first.
            var documents = await ManifestFiles.ReadAsync(files, Console.In, cancellationToken);
            return [.. documents.Reverse().Select(d => (Type: catalog.Of(d), d)).Select(p => (p.Type, p.Type.Namespaced ? p.d["metadata"]?["namespace"]?.ToString() ?? scope.Namespace : null, NameOf(p.d)))];
        }

        return [.. ObjectNames.Parse(parse.GetValue(_objects)!).Select(o => (catalog.Find(o.Kind), (string?)scope.Namespace,
            o.Name ?? throw new CliException("name the objects to delete", ExitCode.Usage)))];
    }

    private static string NameOf(JsonObject document) => document["metadata"]?["name"]?.ToString() ?? throw new CliException("a document needs `metadata.name`");

    private static async Task GoneAsync(CommandScope scope, ResourceType type, string? ns, string name, string? uid, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        await using var progress = Waiting.Start(scope.Error, $"waiting until {type.Singular} `{name}` is gone");
        try
        {
            await WaitCommand.FollowAsync(scope, type, ns, name, live => live is null || (uid is not null && live["metadata"]?["uid"]?.ToString() != uid), deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"{type.Singular} `{name}` still exists after {timeout.TotalSeconds:0} s: see `rempart describe {type.Singular} {name}` for what it waits for", ExitCode.Timeout);
        }
    }
}

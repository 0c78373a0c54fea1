using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Documents;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart apply</c>: makes objects be as files say.</summary>
internal sealed class ApplyCommand : ApiCommand
{
    private readonly Option<string[]> _files = new("--filename", "-f") { Description = "file, folder or - for standard input; may be given several times", Required = true, HelpName = "path" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "let the server check everything and write nothing" };

    public ApplyCommand() : base("apply", "Creates or changes objects so that they are as the files say. Example: rempart apply -f examples/first-machine.yaml")
    {
        Options.Add(_files);
        Options.Add(_dryRun);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var documents = await ManifestFiles.ReadAsync(parse.GetValue(_files)!, Console.In, cancellationToken);
        var catalog = await scope.CatalogAsync(cancellationToken);
        var failures = 0;
        foreach (var document in documents)
        {
            try
            {
                var type = catalog.Of(document);
                var outcome = await ApplyAsync(scope, type, document, parse.GetValue(_dryRun), cancellationToken);
                await scope.Out.WriteLineAsync($"{type.GroupResource}/{document["metadata"]!["name"]} {outcome}{(parse.GetValue(_dryRun) ? " (dry run)" : "")}");
            }
            catch (ApiException e) when (e.Code is not (401 or 503))
            {
                // As kubectl: one refused document doesn't keep the others from being applied.
                await scope.Error.WriteLineAsync($"error: {e.Status.Message}");
                failures++;
            }
        }

        return failures == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<string> ApplyAsync(CommandScope scope, ResourceType type, JsonObject document, bool dryRun, CancellationToken cancellationToken)
    {
        var name = document["metadata"]?["name"]?.ToString() ?? throw new CliException("a document needs `metadata.name`");
        var ns = type.Namespaced ? document["metadata"]?["namespace"]?.ToString() ?? scope.Namespace : null;
        if (ns is not null) document["metadata"]!["namespace"] = ns;
        var wanted = ThreeWayMerge.WithLastApplied(document);
        var query = dryRun ? "?dryRun=All" : "";
        if (await scope.Session.FindAsync(type.Path(ns, name), cancellationToken) is not { } live)
        {
            await scope.Session.SendAsync(HttpMethod.Post, type.Path(ns) + query, wanted, cancellationToken);
            return "created";
        }

        var patch = ThreeWayMerge.Patch(ThreeWayMerge.ReadLastApplied(live), wanted, live);
        if (IsOnlyAnnotation(patch)) return "unchanged";
        await scope.Session.SendAsync(HttpMethod.Patch, type.Path(ns, name) + query, patch, cancellationToken, "application/merge-patch+json");
        return "configured";
    }

    private static bool IsOnlyAnnotation(JsonObject patch) =>
        patch.All(p => p.Key == "metadata" && p.Value is JsonObject m && m.All(a => a.Key == "annotations" && a.Value is JsonObject n && n.All(x => x.Key == ThreeWayMerge.LastApplied)));
}

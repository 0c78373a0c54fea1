using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Cli.Diagnostics;
using Rempart.Cli.Kubeconfig;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>
/// <c>rempart debug bundle</c>: what somebody who helps needs to see, in one file: objects, events, health, metrics and, on the host
/// itself, the ends of the logs. Without Secrets, user data and the values of ConfigMaps.
/// </summary>
internal sealed class DebugBundleCommand : ApiCommand
{
    private const int LogBytes = 1024 * 1024;
    private const int PageObjects = 5000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Option<string?> _output = new("--output", "-o") { Description = "file to write; default: `rempart-debug-TIME.tar.gz` here. It must not be there yet", HelpName = "path" };

    public DebugBundleCommand() : base("bundle", "Writes objects, events, health, metrics and logs into one file, without Secrets and user data. Example: rempart debug bundle -o debug.tar.gz") =>
        Options.Add(_output);

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var path = parse.GetValue(_output) ?? string.Create(CultureInfo.InvariantCulture, $"rempart-debug-{now:yyyyMMdd-HHmmss}.tar.gz");
        if (Path.Exists(path)) throw new CliException($"`{path}` is there already: name another file with `--output`", ExitCode.Usage);
        var catalog = await scope.CatalogAsync(cancellationToken);
        int missing;
        try
        {
            await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            using var bundle = new DebugBundle(file, now);
            await using (var progress = Waiting.Start(scope.Error, "collecting"))
            {
                await CollectAsync(scope, catalog, bundle, progress, Path.GetDirectoryName(Path.GetFullPath(KubeconfigFile.FindPath(parse.GetValue(GlobalOptions.Kubeconfig))))!, cancellationToken);
            }

            missing = bundle.Missing;
        }
        catch
        {
            // Half an archive helps nobody.
            File.Delete(path);
            throw;
        }

        await scope.Out.WriteLineAsync($"{path}{(missing > 0 ? $", without {missing} parts that could not be had: `errors.txt` in it says why" : "")}");
        await scope.Error.WriteLineAsync("Secrets, user data and the values of ConfigMaps are left out; names, addresses and logs are in it: read it before you give it away.");
        return ExitCode.Ok;
    }

    private static async Task CollectAsync(CommandScope scope, ResourceCatalog catalog, DebugBundle bundle, Waiting progress, string folder, CancellationToken cancellationToken)
    {
        foreach (var (name, url) in new[] { ("version.json", "/version"), ("readyz.txt", "/readyz?verbose"), ("livez.txt", "/livez?verbose"), ("metrics/server.txt", "/metrics") })
        {
            progress.Say($"collecting {name}");
            await bundle.AddAsync(name, token => TextAsync(scope, url, token), cancellationToken);
        }

        foreach (var type in catalog.Types.Where(type => type.Verbs.Contains("list") && !BundleRedaction.Kinds.Contains(type.Kind)))
        {
            progress.Say($"collecting {type.GroupResource}");
            await bundle.AddAsync($"objects/{type.GroupResource}.json", token => ObjectsAsync(scope, type, token), cancellationToken);
        }

        await foreach (var node in NodesAsync(scope, catalog, cancellationToken))
        {
            progress.Say($"collecting the metrics of {node}");
            await bundle.AddAsync($"metrics/nodes/{node}.txt", token => TextAsync(scope, $"/api/v1/nodes/{Uri.EscapeDataString(node)}/proxy/metrics", token), cancellationToken);
        }

        // On the host itself, with the kubeconfig that `up` made, the logs are beside it.
        var logs = Path.Combine(folder, "logs");
        foreach (var log in Directory.Exists(logs) ? Directory.GetFiles(logs, "*.log").Order(StringComparer.Ordinal).ToArray() : [])
        {
            progress.Say($"collecting {Path.GetFileName(log)}");
            await bundle.AddAsync($"logs/{Path.GetFileName(log)}", token => TailAsync(log, token), cancellationToken);
        }

        await bundle.CompleteAsync(cancellationToken);
    }

    private static async IAsyncEnumerable<string> NodesAsync(CommandScope scope, ResourceCatalog catalog, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JsonObject list;
        try
        {
            list = await scope.Session.GetAsync(catalog.Find("nodes").Path(null), null, cancellationToken);
        }
        catch (Rempart.Api.Meta.ApiException)
        {
            // The list of nodes is among the objects, and so is named as missing there.
            yield break;
        }

        foreach (var node in list["items"] as JsonArray ?? []) yield return node!["metadata"]!["name"]!.ToString();
    }

    private static async Task<byte[]> TextAsync(CommandScope scope, string path, CancellationToken cancellationToken)
    {
        using var answer = await scope.Session.OpenAsync(HttpMethod.Get, path, null, "text/plain", cancellationToken);
        return await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    private static async Task<byte[]> ObjectsAsync(CommandScope scope, ResourceType type, CancellationToken cancellationToken)
    {
        var list = await scope.Session.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{type.Path(null)}?limit={PageObjects}"), null, cancellationToken);
        BundleRedaction.Apply(list);
        return Encoding.UTF8.GetBytes(list.ToJsonString(Indented));
    }

    private static async Task<byte[]> TailAsync(string log, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(-Math.Min(LogBytes, file.Length), SeekOrigin.End);
        using var end = new MemoryStream();
        await file.CopyToAsync(end, cancellationToken);
        return end.ToArray();
    }
}

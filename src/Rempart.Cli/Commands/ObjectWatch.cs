using System.Text.Json.Nodes;
using Rempart.Cli.Http;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>Follows a kind's changes and prints each as a line or a document.</summary>
internal static class ObjectWatch
{
    /// <summary>Runs until the server ends the watch or the person does.</summary>
    /// <param name="scope">Connection.</param>
    /// <param name="type">Kind.</param>
    /// <param name="ns">Project; null for all.</param>
    /// <param name="query">With <c>watch=true</c>.</param>
    /// <param name="format">How to print.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<int> RunAsync(CommandScope scope, ResourceType type, string? ns, string query, OutputFormat format, CancellationToken cancellationToken)
    {
        var tabular = format is OutputFormat.Table or OutputFormat.Wide;
        var showNamespace = ns is null && type.Namespaced;
        int[]? widths = null;
        await foreach (var (kind, value) in WatchLines.ReadAsync(scope.Session, type.Path(ns) + query, tabular ? GetCommand.TableAccept : null, cancellationToken))
        {
            if (kind is "BOOKMARK") continue;
            if (kind is "ERROR") throw new CliException(value["message"]?.ToString() ?? "the watch failed; start it again");
            if (!tabular)
            {
                await PrintAsync(scope, type, value, format);
                continue;
            }

            var names = TableDocument.Namespaces(value);
            var rows = TableDocument.Rows(value, format is OutputFormat.Wide).Select((r, i) => showNamespace ? (IReadOnlyList<string>)[names[i], .. r] : r).ToList();
            var first = widths is null;
            IReadOnlyList<string>? headers = first ? [.. showNamespace ? new[] { "NAMESPACE" } : [], .. TableDocument.Headers(value, format is OutputFormat.Wide)] : null;
            widths ??= [.. ColumnText.Widths([headers!, .. rows]).Select(w => Math.Max(w, 8))];
            await scope.Out.WriteAsync(ColumnText.Format(headers, rows, widths));
            await scope.Out.FlushAsync(cancellationToken);
        }

        return ExitCode.Ok;
    }

    private static async Task PrintAsync(CommandScope scope, ResourceType type, JsonObject value, OutputFormat format)
    {
        if (format is OutputFormat.Name)
        {
            await scope.Out.WriteLineAsync($"{type.GroupResource}/{value["metadata"]!["name"]}");
            return;
        }

        if (format is OutputFormat.Yaml) await scope.Out.WriteLineAsync("---");
        await ObjectText.WriteAsync(scope.Out, value, format);
    }
}

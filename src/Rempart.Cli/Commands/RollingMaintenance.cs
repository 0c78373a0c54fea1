using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary>All hosts in turn: emptied, worked on, let go, and the cluster well again before the next. Stops at the first failure, with that host as it is then.</summary>
/// <param name="scope">Connection.</param>
/// <param name="steps">Into maintenance and out of it.</param>
/// <param name="program">Started for each empty host; null for none.</param>
internal sealed class RollingMaintenance(CommandScope scope, MaintenanceSteps steps, string? program)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Goes through all hosts.</summary>
    /// <param name="cancellationToken">Ctrl-C; the host that is in maintenance stays so.</param>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (await ProblemsAsync(cancellationToken) is { Count: > 0 } before) throw new CliException($"the cluster is not well, so no host is emptied:\n{Text(before)}");
        var hosts = (await ListAsync("nodes", cancellationToken)).Select(node => node["metadata"]!["name"]!.ToString()).Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < hosts.Count; i++)
        {
            var host = hosts[i];
            await scope.Error.WriteLineAsync($"{i + 1}/{hosts.Count} {host}: emptying");
            await steps.EnterAsync(host, cancellationToken);
            await scope.Error.WriteLineAsync($"{i + 1}/{hosts.Count} {host}: {await steps.DrainedAsync(host, cancellationToken)}");
            if (program is not null) await StartAsync(program, host, cancellationToken);
            await steps.LeaveAsync(host, wait: true, cancellationToken);
            await WellAsync(host, cancellationToken);
            await scope.Out.WriteLineAsync($"host/{host} done");
        }

        return ExitCode.Ok;
    }

    private async Task WellAsync(string host, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var progress = Waiting.Start(scope.Error, $"host `{host}`: waiting until the cluster is well");
        while (await ProblemsAsync(cancellationToken) is { Count: > 0 } problems)
        {
            if (TimeProvider.System.GetElapsedTime(started) > steps.Timeout) throw new CliException($"after `{host}` the cluster is not well, so no further host is emptied:\n{Text(problems)}", ExitCode.Timeout);
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<IReadOnlyList<string>>> ProblemsAsync(CancellationToken cancellationToken) =>
        StatusReport.Attention(await ListAsync("nodes", cancellationToken), await ListAsync("virtualmachines.compute.rempart.dev", cancellationToken), []);

    private async Task<IReadOnlyList<JsonObject>> ListAsync(string kind, CancellationToken cancellationToken)
    {
        var type = (await scope.CatalogAsync(cancellationToken)).Find(kind);
        return [.. ((await scope.Session.GetAsync(type.Path(null), null, cancellationToken))["items"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    // Its words go to stderr: stdout is this command's.
    private async Task StartAsync(string program, string host, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(program, [host]) { RedirectStandardOutput = true, UseShellExecute = false } };
        try
        {
            process.Start();
        }
        catch (Win32Exception missing)
        {
            throw new CliException($"`{program}` can't be started: {missing.Message}; `{host}` stays in maintenance");
        }

        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line) await scope.Error.WriteLineAsync(ColumnText.Printable(line));
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new CliException($"`{program} {host}` ended with {process.ExitCode}: `{host}` stays in maintenance, and no further host is emptied");
    }

    private static string Text(IReadOnlyList<IReadOnlyList<string>> problems) => string.Join('\n', problems.Take(16).Select(problem => $"  {problem[0]}: {problem[1]}"));
}

using System.ComponentModel;
using System.Diagnostics;
using Rempart.Cli.Http;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary>
/// All hosts in turn: emptied, worked on, well again, let go. Well is what <c>rempart status</c> calls so, with every API server ready and somebody who leads:
/// a host that lacks one of those is not followed by the next one. Stops at the first failure, with that host as it is then.
/// </summary>
/// <param name="scope">Connection.</param>
/// <param name="steps">Into maintenance and out of it.</param>
/// <param name="program">Started for each empty host; null for none.</param>
internal sealed class RollingMaintenance(CommandScope scope, MaintenanceSteps steps, string? program)
{
    // One may come from an agent that is about to be ended by a reboot that the program only asked for.
    private const int SignsOfLife = 3;

    /// <summary>Between two looks.</summary>
    internal TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Goes through all hosts.</summary>
    /// <param name="cancellationToken">Ctrl-C; the host that is in maintenance stays so.</param>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var (before, hosts) = await BeginAsync(cancellationToken);
        if (before.Count > 0) throw new CliException($"the cluster is not well, so no host is emptied:\n{Text(before)}");
        for (var i = 0; i < hosts.Count; i++)
        {
            var (host, step) = (hosts[i], $"{i + 1}/{hosts.Count} {hosts[i]}");
            await scope.Error.WriteLineAsync($"{step}: emptying");
            await steps.EnterAsync(host, cancellationToken);
            await scope.Error.WriteLineAsync($"{step}: {await steps.DrainedAsync(host, cancellationToken)}");
            if (program is not null) await WorkAsync(program, host, cancellationToken);
            await WellAsync(host, () => $"`{host}` stays in maintenance", cancellationToken);
            await steps.LeaveAsync(host, wait: true, cancellationToken);
            await WellAsync(host, () => $"`{host}` takes machines again", cancellationToken);
            await scope.Out.WriteLineAsync($"host/{host} done");
        }

        return ExitCode.Ok;
    }

    // One that is in maintenance since before goes first: what it had to do with the others' is not known.
    private async Task<(IReadOnlyList<StatusAttention> Problems, IReadOnlyList<string> Hosts)> BeginAsync(CancellationToken cancellationToken)
    {
        var view = await ClusterReader.ReadAsync(scope, cancellationToken);
        var begun = view.Maintenances.Select(StatusReport.Name).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<string> hosts = [.. view.Nodes.Select(StatusReport.Name).OrderBy(name => !begun.Contains(name)).ThenBy(name => name, StringComparer.Ordinal)];
        // Who may not see signs of life learns it before anything is emptied.
        if (program is not null && hosts.Count > 0) await RenewedAsync(hosts[0], cancellationToken);
        return (Problems(view), hosts);
    }

    // Templates that nobody approved yet are no host's affair, and what blocks this maintenance is waited for and told where it happens.
    private static IReadOnlyList<StatusAttention> Problems(ClusterView view) => StatusAttention.Of(view with { Templates = [], Maintenances = [] });

    private async Task WorkAsync(string program, string host, CancellationToken cancellationToken)
    {
        await StartAsync(program, host, cancellationToken);
        var last = await Interruption.OutlastAsync(_ => RenewedAsync(host, cancellationToken), cancellationToken);
        var signs = 0;
        await UntilAsync($"host `{host}`: waiting for signs of life after `{program}`", async () =>
        {
            var renewed = await RenewedAsync(host, cancellationToken);
            if (renewed is not null && renewed != last) signs++;
            last = renewed;
            return signs >= SignsOfLife ? null : $"`{host}` has given {signs} signs of life";
        }, missing => $"after `{program}` {missing} within {steps.Timeout.TotalSeconds:0} s: it stays in maintenance, and no further host is emptied", cancellationToken);
    }

    // Whatever clock it is of: it is compared with itself.
    private async Task<string?> RenewedAsync(string host, CancellationToken cancellationToken) =>
        (await scope.Session.FindAsync($"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{Uri.EscapeDataString(host)}", cancellationToken))?["spec"]?["renewTime"]?.ToString();

    private Task WellAsync(string host, Func<string> state, CancellationToken cancellationToken) =>
        UntilAsync($"host `{host}`: waiting until the cluster is well", async () => Problems(await ClusterReader.ReadAsync(scope, cancellationToken)) is { Count: > 0 } problems ? Text(problems) : null,
            problems => $"after `{host}` the cluster is not well, so no further host is emptied; {state()}:\n{problems}", cancellationToken);

    private async Task UntilAsync(string what, Func<Task<string?>> missing, Func<string, string> late, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var progress = Waiting.Start(scope.Error, what);
        for (string? lacking; (lacking = await LookAsync(missing)) is not null; await Task.Delay(Pause, TimeProvider.System, cancellationToken))
        {
            if (TimeProvider.System.GetElapsedTime(started) > steps.Timeout) throw new CliException(late(lacking), ExitCode.Timeout);
        }
    }

    // The server that answers may be the host's that is worked on.
    private static async Task<string?> LookAsync(Func<Task<string?>> missing)
    {
        try
        {
            return await missing();
        }
        catch (Exception failure) when (Interruption.Is(failure))
        {
            return $"  the API: {failure.Message}";
        }
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

        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line) await scope.Error.WriteLineAsync(ColumnText.Printable(line));
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Nobody would hear it, or go on behind it.
            process.Kill(entireProcessTree: true);
            await scope.Error.WriteLineAsync($"`{program} {host}` was ended; `{host}` stays in maintenance");
            throw;
        }

        if (process.ExitCode != 0) throw new CliException($"`{program} {host}` ended with {process.ExitCode}: `{host}` stays in maintenance, and no further host is emptied");
    }

    private static string Text(IReadOnlyList<StatusAttention> problems) => string.Join('\n', problems.Take(16).Select(problem => $"  {problem.What}: {problem.Why}"));
}

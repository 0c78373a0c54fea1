using System.Diagnostics;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.Bench.Report;

namespace Rempart.Bench.Instance;

/// <summary>How long server and agent take from their process' start until they are of use again; the supervisor restarts them.</summary>
internal static class Restarts
{
    /// <summary>Milliseconds from the server's start until its `/readyz` answers 200.</summary>
    internal static async Task<Samples> OfServerAsync(RunningInstance instance, BenchSettings settings, CancellationToken cancellationToken) =>
        await OfAsync("server", instance, settings, async _ => (await instance.Client.SendAsync(HttpMethod.Get, "/readyz", null, null, "text/plain", cancellationToken)).Length > 0, cancellationToken);

    /// <summary>Milliseconds from the agent's start until its Node has renewed its lease, which it does once it has reported itself as ready.</summary>
    internal static async Task<Samples> OfAgentAsync(RunningInstance instance, BenchSettings settings, CancellationToken cancellationToken)
    {
        var node = (await instance.Client.ListAsync<Api.Core.Node>(ListQuery.All, cancellationToken)).Items.Single().Metadata.Name!;
        return await OfAsync("node", instance, settings, async since =>
            (await instance.Client.FindAsync<Lease>("kube-node-lease", node, cancellationToken))?.Spec?.RenewTime is { } renewed && renewed.Value > since
            && (await instance.Client.GetAsync<Api.Core.Node>(null, node, cancellationToken)).Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true, cancellationToken);
    }

    private static async Task<Samples> OfAsync(string service, RunningInstance instance, BenchSettings settings, Func<DateTimeOffset, Task<bool>> serves, CancellationToken cancellationToken)
    {
        var samples = new Samples();
        for (var round = 1; round <= settings.Rounds; round++)
        {
            settings.Progress($"restart `{service}`, round {round} of {settings.Rounds}");
            var old = instance.ServicePid(service);
            await ControlAsync(instance, "restart", service, cancellationToken);
            await instance.UntilAsync($"`{service}` has a new process", () => Task.FromResult(instance.FindServicePid(service) is { } pid && pid != old && ProcessUse.Lives(pid)), cancellationToken);
            var began = ProcessUse.StartedAt(instance.ServicePid(service), settings.Time);
            await instance.UntilAsync($"`{service}` serves", async () =>
            {
                try
                {
                    return await serves(began);
                }
                catch (ApiException notYet) when (notYet.Code >= 500)
                {
                    return false;
                }
            }, cancellationToken);
            samples.Add(settings.Time.GetUtcNow() - began);
            // The agent's first report is over, and the server's controllers have read what there is.
            await Task.Delay(TimeSpan.FromSeconds(5), settings.Time, cancellationToken);
        }
        return samples;
    }

    private static async Task ControlAsync(RunningInstance instance, string verb, string service, CancellationToken cancellationToken)
    {
        using var init = Process.Start(new ProcessStartInfo(Path.Combine(instance.Folder, "current", "init", "rempart-init"), [verb, service, "--data", instance.Folder]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, errors) = (init.StandardOutput.ReadToEndAsync(cancellationToken), init.StandardError.ReadToEndAsync(cancellationToken));
        await init.WaitForExitAsync(cancellationToken);
        if (init.ExitCode != 0) throw new BenchException($"the supervisor did not {verb} `{service}`: {await said}{await errors}");
    }
}

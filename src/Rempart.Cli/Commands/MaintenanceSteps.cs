using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Http;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>Into maintenance, and out of it.</summary>
/// <param name="scope">Connection.</param>
/// <param name="catalog">The server's kinds.</param>
/// <param name="parallel">Machines that move at once; the server's default when null.</param>
/// <param name="timeout">How long to wait for each step.</param>
internal sealed class MaintenanceSteps(CommandScope scope, ResourceCatalog catalog, int? parallel, TimeSpan timeout)
{
    private const int MostTold = 8;
    private readonly ResourceType _type = catalog.Find("hostmaintenances.infra.rempart.dev");

    /// <summary>How long to wait for each step.</summary>
    public TimeSpan Timeout => timeout;

    /// <summary>Begins to empty a host; one that is in maintenance already stays so, with the new bound.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public async Task EnterAsync(string host, CancellationToken cancellationToken)
    {
        if (await Interruption.OutlastAsync(_ => scope.Session.FindAsync(catalog.Find("nodes").Path(null, host), cancellationToken), cancellationToken) is null) throw new CliException($"there is no host `{host}`: see `rempart get nodes`", ExitCode.NotFound);
        var spec = new JsonObject();
        if (parallel is { } n) spec["parallel"] = n;
        var made = new JsonObject { ["apiVersion"] = _type.ApiVersion, ["kind"] = _type.Kind, ["metadata"] = new JsonObject { ["name"] = host }, ["spec"] = spec };
        await Interruption.OutlastAsync(async _ =>
        {
            try
            {
                return await scope.Session.SendAsync(HttpMethod.Post, _type.Path(null), made, cancellationToken);
            }
            catch (ApiException there) when (there.Status.Reason == StatusReason.AlreadyExists)
            {
                return spec.Count == 0 ? [] : await scope.Session.SendAsync(HttpMethod.Patch, _type.Path(null, host), new JsonObject { ["spec"] = spec.DeepClone() }, cancellationToken, "application/merge-patch+json");
            }
        }, cancellationToken);
    }

    /// <summary>Waits until nothing runs on a host, telling what blocks.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <returns>How it is then, in a sentence.</returns>
    public async Task<string> DrainedAsync(string host, CancellationToken cancellationToken)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        JsonObject? last = null;
        await UntilAsync(host, seen =>
        {
            last = seen ?? throw new CliException($"the maintenance of `{host}` was ended meanwhile", ExitCode.NotFound);
            foreach (var line in Blockers(seen).Where(told.Add)) scope.Error.WriteLine(line);
            return seen["status"]?["phase"]?.ToString() == "Drained";
        }, () => $"host `{host}` is not empty after {timeout.TotalSeconds:0} s: {Message(last)}. It stays in maintenance and goes on: see `rempart describe hm {host}`, or end it by `rempart host maintenance {host} --leave`", cancellationToken);
        return Message(last);
    }

    /// <summary>Lets a host go; one that is in no maintenance is fine.</summary>
    /// <param name="host">The host.</param>
    /// <param name="wait">True to wait until it takes machines again.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public async Task LeaveAsync(string host, bool wait, CancellationToken cancellationToken)
    {
        await Interruption.OutlastAsync(async tries =>
        {
            try
            {
                return await scope.Session.SendAsync(HttpMethod.Delete, _type.Path(null, host), (JsonObject?)null, cancellationToken);
            }
            catch (ApiException gone) when (gone.Code == 404)
            {
                // A server that died may have done it without saying so.
                if (tries > 0) return [];
                throw new CliException($"host `{host}` is in no maintenance: see `rempart get hm`; `kubectl uncordon {host}` lets a host go that was cordoned by hand", ExitCode.NotFound);
            }
        }, cancellationToken);
        if (wait) await UntilAsync(host, seen => seen is null, () => $"the maintenance of `{host}` did not end within {timeout.TotalSeconds:0} s: see `rempart describe hm {host}`", cancellationToken);
    }

    /// <summary>A line for each machine that can't move.</summary>
    /// <param name="maintenance">The HostMaintenance.</param>
    internal static IEnumerable<string> Blockers(JsonObject maintenance) => (maintenance["status"]?["blockers"] as JsonArray ?? []).OfType<JsonObject>().Take(MostTold)
        .Select(blocker => $"blocked: vm/{blocker["machine"]} -n {blocker["namespace"]}: {blocker["message"]}");

    private static string Message(JsonObject? maintenance) => maintenance?["status"]?["message"]?.ToString() ?? "nothing is known of it yet";

    private async Task UntilAsync(string host, Func<JsonObject?, bool> enough, Func<string> late, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        await using var progress = Waiting.Start(scope.Error, $"host `{host}`");
        try
        {
            await WaitCommand.FollowAsync(scope, _type, null, host, seen =>
            {
                progress.Say($"host `{host}`: {Message(seen)}");
                return enough(seen);
            }, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException(late(), ExitCode.Timeout);
        }
    }
}

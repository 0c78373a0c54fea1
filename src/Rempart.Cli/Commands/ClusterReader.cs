using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>Reads what the health of a cluster is judged by. Less is seen by who may see less, or where there is less; hosts and machines have to be seen.</summary>
internal static class ClusterReader
{
    private const int PageObjects = 5000;
    private const int MostPages = 200;

    /// <summary>Asks all servers how they are, and one for all else.</summary>
    /// <param name="scope">Connection.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<ClusterView> ReadAsync(CommandScope scope, CancellationToken cancellationToken)
    {
        var servers = scope.ServersAsync(cancellationToken);
        var catalog = await scope.CatalogAsync(cancellationToken);
        Task<IReadOnlyList<JsonObject>> AllAsync(string kind) => ListAsync(scope, catalog.Find(kind), cancellationToken);

        var (leader, hidden) = await LeaderAsync(scope, cancellationToken);
        return new ClusterView
        {
            Version = await scope.Session.GetAsync("/version", null, cancellationToken),
            Leader = leader,
            LeaderHidden = hidden,
            ServerLeases = await AllowedAsync(() => LeasesAsync(scope, cancellationToken)),
            Nodes = await AllAsync("nodes"),
            Hosts = await AllowedAsync(() => AllAsync("hosts.infra.rempart.dev")),
            Machines = await AllAsync("virtualmachines.compute.rempart.dev"),
            Moves = await AllowedAsync(() => AllAsync("machinemigrations.compute.rempart.dev")),
            Maintenances = await AllowedAsync(() => AllAsync("hostmaintenances.infra.rempart.dev")),
            Templates = await AllowedAsync(() => AllAsync("machinetemplates.compute.rempart.dev")),
            Servers = await servers,
            Now = TimeProvider.System.GetUtcNow(),
        };
    }

    private static async Task<IReadOnlyList<JsonObject>> LeasesAsync(CommandScope scope, CancellationToken cancellationToken) =>
        [.. ((await scope.Session.GetAsync("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=rempart.dev%2Fserver", null, cancellationToken))["items"] as JsonArray ?? []).OfType<JsonObject>()];

    /// <summary>All objects of a kind, page by page.</summary>
    /// <param name="scope">Connection.</param>
    /// <param name="type">The kind.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<IReadOnlyList<JsonObject>> ListAsync(CommandScope scope, ResourceType type, CancellationToken cancellationToken)
    {
        List<JsonObject> all = [];
        var next = "";
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await scope.Session.GetAsync($"{type.Path(null)}?limit={PageObjects}{next}", null, cancellationToken);
            all.AddRange((answer["items"] as JsonArray ?? []).OfType<JsonObject>());
            if (answer["metadata"]?["continue"]?.ToString() is not { Length: > 0 } more) return all;
            next = "&continue=" + Uri.EscapeDataString(more);
        }

        throw new CliException($"there are more than {MostPages * PageObjects} {type.Plural}: more than is looked at");
    }

    // That there is none is bad, that it is not to be seen says nothing.
    private static async Task<(JsonObject? Leader, bool Hidden)> LeaderAsync(CommandScope scope, CancellationToken cancellationToken)
    {
        try
        {
            return (await scope.Session.FindAsync("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/rempart-controllers", cancellationToken), false);
        }
        catch (ApiException refused) when (refused.Code == 403)
        {
            return (null, true);
        }
    }

    private static async Task<IReadOnlyList<JsonObject>> AllowedAsync(Func<Task<IReadOnlyList<JsonObject>>> read)
    {
        try
        {
            return await read();
        }
        catch (ApiException refused) when (refused.Code is 403 or 404)
        {
            return [];
        }
        catch (CliException older) when (older.ExitCode == ExitCode.Usage)
        {
            // A server of before does not know the kind.
            return [];
        }
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart status</c>: hosts, machines and health at a glance.</summary>
internal sealed class StatusCommand : ApiCommand
{
    private readonly Option<OutputFormat> _output = new("--output", "-o") { Description = "how to print: table, json", DefaultValueFactory = _ => OutputFormat.Table };

    public StatusCommand() : base("status", "Shows hosts, servers, machines and what needs attention, at a glance.") => Options.Add(_output);

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var format = parse.GetValue(_output);
        if (format is not (OutputFormat.Table or OutputFormat.Json)) throw new CliException("`rempart status` is printed as `table` or `json`", ExitCode.Usage);
        var servers = scope.ServersAsync(cancellationToken);
        var catalog = await scope.CatalogAsync(cancellationToken);
        async Task<IReadOnlyList<JsonObject>> ListAsync(string kind) =>
            [.. ((await scope.Session.GetAsync(catalog.Find(kind).Path(null) + "?limit=5000", null, cancellationToken))["items"] as JsonArray ?? []).OfType<JsonObject>()];

        var view = new ClusterView
        {
            Version = await scope.Session.GetAsync("/version", null, cancellationToken),
            Servers = await servers,
            Leader = await AllowedAsync(() => scope.Session.FindAsync("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/rempart-controllers", cancellationToken)),
            Nodes = await ListAsync("nodes"),
            // A server of before does not know them.
            Hosts = await AllowedAsync(() => ListAsync("hosts.infra.rempart.dev")) ?? [],
            Machines = await ListAsync("virtualmachines.compute.rempart.dev"),
            Templates = await ListAsync("machinetemplates.compute.rempart.dev"),
            Now = TimeProvider.System.GetUtcNow(),
        };
        await scope.Out.WriteAsync(format == OutputFormat.Json ? StatusReport.Json(view).ToJsonString(new() { WriteIndented = true }) + "\n" : StatusReport.Text(view));
        return ExitCode.Ok;
    }

    // Less is shown to who may see less, or where there is less.
    private static async Task<T?> AllowedAsync<T>(Func<Task<T>> read) where T : class?
    {
        try
        {
            return await read();
        }
        catch (ApiException refused) when (refused.Code is 403 or 404)
        {
            return null;
        }
        catch (CliException)
        {
            return null;
        }
    }
}

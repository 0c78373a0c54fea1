using System.CommandLine;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart api-resources</c>: the kinds that the server serves.</summary>
internal sealed class ApiResourcesCommand() : ApiCommand("api-resources", "Lists the kinds that the server serves, with their short names.")
{
    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        await scope.Out.WriteAsync(ColumnText.Format(["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"],
            [.. catalog.Types.Select(t => (IReadOnlyList<string>)[t.Plural, string.Join(',', t.ShortNames), t.ApiVersion, t.Namespaced ? "true" : "false", t.Kind])]));
        return ExitCode.Ok;
    }
}

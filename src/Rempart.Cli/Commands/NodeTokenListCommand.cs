using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart node token list</c>.</summary>
internal sealed class NodeTokenListCommand() : ApiCommand("list", "Shows the tokens that have not ended, without their secrets.")
{
    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var type = (await scope.CatalogAsync(cancellationToken)).Find("nodetokens.infra.rempart.dev");
        var list = await scope.Session.GetAsync(type.Path(null) + "?limit=5000", null, cancellationToken);
        var rows = (list["items"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(token => new[] { $"{token["metadata"]?["name"]}", $"{token["spec"]?["node"] ?? "any"}", $"{token["status"]?["expiresAt"]}", $"{token["status"]?["usedAt"] ?? "no"}", Labels(token["spec"]?["labels"] as JsonObject) });
        await scope.Out.WriteAsync(ColumnText.Format(["ID", "NODE", "EXPIRES", "USED", "LABELS"], [.. rows]));
        return ExitCode.Ok;
    }

    private static string Labels(JsonObject? labels) => labels is { Count: > 0 } ? string.Join(',', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")) : "<none>";
}

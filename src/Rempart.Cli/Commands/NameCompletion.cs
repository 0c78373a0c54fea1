using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.Cli.Commands;

/// <summary>Asks the server for the names that the shell may complete. Whatever goes wrong, verbs and options are completed all the same, without a word.</summary>
internal static class NameCompletion
{
    private const string Suggest = "[suggest";
    private const string Metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private const int MostNames = 500;

    // Somebody waits at the prompt.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Fills what the verb of a line names, when a shell asks: <c>[suggest:POSITION] LINE</c>.</summary>
    /// <param name="root">The verbs.</param>
    /// <param name="args">The program's arguments.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task FillAsync(RootCommand root, string[] args, CancellationToken cancellationToken)
    {
        if (args is not [var directive, var text, ..] || !directive.StartsWith(Suggest, StringComparison.Ordinal)) return;
        if (int.TryParse(directive.AsSpan(Suggest.Length).Trim(":]"), NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position < text.Length) text = text[..position];
        var line = root.Parse(text);
        List<INamesObjects> wanted = [.. line.CommandResult.Command.Arguments.OfType<INamesObjects>(), .. line.CommandResult.Command.Options.OfType<INamesObjects>()];
        if (wanted.Count == 0) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using var scope = new CommandScope(line);
            foreach (var symbol in wanted) symbol.Known = await NamesAsync(scope, symbol, line, text.EndsWith(' '), limit.Token);
        }
        catch (Exception e) when (e is CliException or ApiException or IOException or HttpRequestException or OperationCanceledException or JsonException or FormatException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
        }
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(CommandScope scope, INamesObjects symbol, ParseResult line, bool behind, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        if (symbol.KindOf(line, behind, catalog) is not { } type) return [.. catalog.Types.SelectMany(kind => kind.ShortNames.Append(kind.Plural)).Distinct(StringComparer.Ordinal)];
        var list = await scope.Session.GetAsync($"{type.Path(scope.Namespace)}?limit={MostNames}", Metadata, cancellationToken);
        return [.. (list["items"] as JsonArray ?? []).Select(item => item?["metadata"]?["name"]?.ToString()).OfType<string>()];
    }
}

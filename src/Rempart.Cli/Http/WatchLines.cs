using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Http;

/// <summary>Reads a watch: one JSON document a line.</summary>
internal static class WatchLines
{
    private const int MaxLine = 8 * 1024 * 1024;

    /// <summary>Events until the server ends the watch.</summary>
    /// <param name="session">Connection.</param>
    /// <param name="path">Path with <c>watch=true</c>.</param>
    /// <param name="accept">Media type.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public static async IAsyncEnumerable<(string Type, JsonObject Object)> ReadAsync(ApiSession session, string path, string? accept, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await session.OpenAsync(HttpMethod.Get, path, null, accept, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length is 0) continue;
            if (line.Length > MaxLine || Parse(line) is not JsonObject e || e["object"] is not JsonObject value) throw new CliException("the server sent a watch event that can't be read");
            yield return (e["type"]?.ToString() ?? "", value);
        }
    }

    // The last line of a server that died may be half of one.
    private static JsonNode? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line);
        }
        catch (JsonException cut)
        {
            throw new IOException("the watch broke off within an event", cut);
        }
    }
}

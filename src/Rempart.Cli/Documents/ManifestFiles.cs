using System.Text.Json.Nodes;

namespace Rempart.Cli.Documents;

/// <summary>Reads the files that <c>-f</c> names: a file, a folder (its .yaml, .yml and .json files in order of name) or <c>-</c>.</summary>
internal static class ManifestFiles
{
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>All documents in order.</summary>
    /// <param name="paths">What the person named.</param>
    /// <param name="stdin">Standard input, for <c>-</c>.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public static async Task<IReadOnlyList<JsonObject>> ReadAsync(IEnumerable<string> paths, TextReader stdin, CancellationToken cancellationToken)
    {
        List<JsonObject> documents = [];
        foreach (var path in paths.SelectMany(Expand))
        {
            var text = path == "-" ? await ReadBoundedAsync(stdin, cancellationToken) : await ReadFileAsync(path, cancellationToken);
            foreach (var document in YamlReader.Read(text, path == "-" ? "standard input" : path)) documents.AddRange(Unfold(document));
        }

        return documents.Count > 0 ? documents : throw new CliException("no documents found in what `-f` names");
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (path == "-" || File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new CliException($"`{path}` is neither a file nor a folder", ExitCode.NotFound);
        return Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal);
    }

    private static async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new CliException($"`{path}` is larger than 16 MiB");
        return await File.ReadAllTextAsync(path, cancellationToken);
    }

    private static async Task<string> ReadBoundedAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxBytes + 1];
        var length = await reader.ReadBlockAsync(buffer, cancellationToken);
        return length <= MaxBytes ? new string(buffer, 0, length) : throw new CliException("standard input is larger than 16 MiB");
    }

    // `kubectl get -o yaml` of several objects writes one List; it can be applied back.
    private static IEnumerable<JsonObject> Unfold(JsonObject document) =>
        document["kind"]?.ToString() == "List" && document["items"] is JsonArray items
            ? items.OfType<JsonObject>().Select(i => (JsonObject)i.DeepClone())
            : [document];
}

using System.Text.Json.Nodes;
using Rempart.Cli.Http;

namespace Rempart.Cli.Resources;

/// <summary>The kinds that the server serves.</summary>
internal sealed class ResourceCatalog
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private ResourceCatalog(IReadOnlyList<ResourceType> types) => Types = types;

    /// <summary>All kinds, in the server's order.</summary>
    public IReadOnlyList<ResourceType> Types { get; }

    /// <summary>Asks the server what it serves.</summary>
    /// <param name="session">Connection.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ResourceCatalog> FetchAsync(ApiSession session, CancellationToken cancellationToken)
    {
        var documents = await Task.WhenAll(
            session.GetAsync("/api", Aggregated, cancellationToken),
            session.GetAsync("/apis", Aggregated, cancellationToken));
        return new ResourceCatalog([.. documents.SelectMany(Parse)]);
    }

    /// <summary>The one kind that a word means.</summary>
    /// <param name="word">What the person wrote.</param>
    /// <exception cref="CliException">No kind answers to it.</exception>
    public ResourceType Find(string word) =>
        Types.FirstOrDefault(t => t.Answers(word)) ?? throw new CliException($"the server has no kind `{word}`: see `rempart api-resources`", ExitCode.Usage);

    /// <summary>The kinds that a comma-separated list of words means; a category stands for its members.</summary>
    /// <param name="words">Such as <c>vm,vol</c> or <c>all</c>.</param>
    public IReadOnlyList<ResourceType> FindAll(string words) =>
        [.. words.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(w =>
            Types.Where(t => t.Categories.Contains(w)).ToList() is { Count: > 0 } members ? members : [Find(w)]).Distinct()];

    /// <summary>The kind of a document.</summary>
    /// <param name="document">With <c>apiVersion</c> and <c>kind</c>.</param>
    public ResourceType Of(JsonObject document)
    {
        var (apiVersion, kind) = (document["apiVersion"]?.ToString(), document["kind"]?.ToString());
        if (apiVersion is null || kind is null) throw new CliException("a document needs `apiVersion` and `kind`");
        return Types.FirstOrDefault(t => t.Kind == kind && t.ApiVersion == apiVersion)
            ?? throw new CliException($"the server has no kind `{kind}` in `{apiVersion}`: see `rempart api-resources`");
    }

    private static IEnumerable<ResourceType> Parse(JsonObject list) =>
        from item in (list["items"] as JsonArray ?? []).OfType<JsonObject>()
        let @group = item["metadata"]?["name"]?.ToString() ?? ""
        from version in (item["versions"] as JsonArray ?? []).OfType<JsonObject>()
        from resource in (version["resources"] as JsonArray ?? []).OfType<JsonObject>()
        select new ResourceType
        {
            Group = @group,
            Version = version["version"]!.ToString(),
            Kind = resource["responseKind"]?["kind"]?.ToString() ?? "",
            Plural = resource["resource"]!.ToString(),
            Singular = resource["singularResource"]?.ToString() ?? "",
            ShortNames = Strings(resource["shortNames"]),
            Categories = Strings(resource["categories"]),
            Namespaced = resource["scope"]?.ToString() == "Namespaced",
            Verbs = Strings(resource["verbs"]),
        };

    private static IReadOnlyList<string> Strings(JsonNode? node) => node is JsonArray list ? [.. list.Select(i => i!.ToString())] : [];
}

using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Client;

/// <summary>
/// What a server serves, by discovery: kinds by the words that people and documents use for them. Kept until somebody asks for what is not there; then
/// the server is asked again, once for all who wait.
/// </summary>
/// <param name="client">Asks.</param>
public sealed class ResourceMapper(ApiClient client)
{
    /// <summary>What is asked for: both halves of the API in one document each.</summary>
    public const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

    private readonly Lock _lock = new();
    private Task<IReadOnlyList<KindInfo>>? _kinds;

    /// <summary>Everything that is served, in the server's order: the preferred version of a kind first.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<KindInfo>> AllAsync(CancellationToken cancellationToken) => Asked(null).WaitAsync(cancellationToken);

    /// <summary>The kind that a document names; null when it is not served.</summary>
    /// <param name="apiVersion">Such as <c>v1</c> or <c>compute.rempart.dev/v1</c>.</param>
    /// <param name="kind">Such as <c>VirtualMachine</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<KindInfo?> FindAsync(string apiVersion, string kind, CancellationToken cancellationToken) =>
        FindAsync(found => found.Kind == kind && found.ApiVersion == apiVersion, cancellationToken);

    /// <summary>The kind that a word means: plural, singular, short name, <c>plural.group</c> or <c>plural.version.group</c>; null when none answers to it.</summary>
    /// <param name="word">What a person wrote.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<KindInfo?> FindAsync(string word, CancellationToken cancellationToken) => FindAsync(found =>
        found.ShortNames.Contains(word) || word.Equals(found.Plural, StringComparison.OrdinalIgnoreCase) || word.Equals(found.Singular, StringComparison.OrdinalIgnoreCase)
        || (found.Group.Length > 0 && (word == found.GroupResource || word == $"{found.Plural}.{found.Version}.{found.Group}")), cancellationToken);

    private async Task<KindInfo?> FindAsync(Func<KindInfo, bool> means, CancellationToken cancellationToken)
    {
        var asked = Asked(null);
        var known = await asked.WaitAsync(cancellationToken);
        return known.FirstOrDefault(means) ?? (await Asked(asked).WaitAsync(cancellationToken)).FirstOrDefault(means);
    }

    // Asks again when what is known is what somebody has found wanting.
    private Task<IReadOnlyList<KindInfo>> Asked(Task<IReadOnlyList<KindInfo>>? wanting)
    {
        lock (_lock)
        {
            if (_kinds is null or { IsFaulted: true } or { IsCanceled: true } || ReferenceEquals(_kinds, wanting)) _kinds = FetchAsync();
            return _kinds;
        }
    }

    // Nobody's own request: who gives up waiting must not end it for the others.
    private async Task<IReadOnlyList<KindInfo>> FetchAsync()
    {
        var kinds = new List<KindInfo>();
        foreach (var path in (string[])["/api", "/apis"])
        {
            var answer = await client.SendAsync(HttpMethod.Get, path, null, null, Aggregated, CancellationToken.None);
            using var document = JsonDocument.Parse(answer);
            kinds.AddRange(Kinds(document.RootElement));
        }

        return kinds;
    }

    private static IEnumerable<KindInfo> Kinds(JsonElement list) =>
        from item in Items(list, "items")
        let @group = item.TryGetProperty("metadata", out var metadata) ? Text(metadata, "name") : ""
        from version in Items(item, "versions")
        from resource in Items(version, "resources")
        select new KindInfo
        {
            Group = @group,
            Version = Text(version, "version"),
            Kind = resource.TryGetProperty("responseKind", out var kind) ? Text(kind, "kind") : "",
            Plural = Text(resource, "resource"),
            ShortNames = [.. Items(resource, "shortNames").Select(name => name.GetString() ?? "")],
            Categories = [.. Items(resource, "categories").Select(name => name.GetString() ?? "")],
            Namespaced = Text(resource, "scope") == "Namespaced",
            Virtual = !Items(resource, "verbs").Any(verb => verb.GetString() == "list"),
            HasStatus = Items(resource, "subresources").Any(part => Text(part, "subresource") == "status"),
            ClrType = typeof(DynamicObject),
        };

    private static IReadOnlyList<JsonElement> Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
}

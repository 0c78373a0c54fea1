using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Discovery;

/// <summary>apidiscovery.k8s.io APIGroupDiscoveryList: everything in two documents.</summary>
internal static class AggregatedDiscovery
{
    public static JsonObject Document(DiscoveryTree tree, bool core, string version)
    {
        var items = new JsonArray();
        foreach (var group in tree.Groups.Where(g => g.Key.Length == 0 == core)) items.Add(Group(tree, group));
        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = items,
        };
    }

    private static JsonObject Group(DiscoveryTree tree, IGrouping<string, KindInfo> group)
    {
        var metadata = new JsonObject();
        if (group.Key.Length > 0) metadata["name"] = group.Key;
        return new JsonObject
        {
            ["metadata"] = metadata,
            ["versions"] = new JsonArray(new JsonObject
            {
                ["version"] = group.First().Version,
                ["freshness"] = "Current",
                ["resources"] = new JsonArray([.. group.Select(k => (JsonNode)Resource(tree, k))]),
            }),
        };
    }

    private static JsonObject Resource(DiscoveryTree tree, KindInfo kind)
    {
        var resource = new JsonObject
        {
            ["resource"] = kind.Plural,
            ["responseKind"] = ResponseKind(kind, kind.Kind),
            ["scope"] = kind.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = DiscoveryNames.List(tree.Verbs(kind)),
        };
        if (kind.ShortNames.Count > 0) resource["shortNames"] = DiscoveryNames.List(kind.ShortNames);
        if (kind.Categories.Count > 0) resource["categories"] = DiscoveryNames.List(kind.Categories);
        var subresources = tree.Subresources(kind).Select(s => (JsonNode)new JsonObject
        {
            ["subresource"] = s.Name,
            ["responseKind"] = ResponseKind(s.Foreign ?? kind, s.Kind),
            ["verbs"] = DiscoveryNames.List(s.Verbs),
        }).ToArray();
        if (subresources.Length > 0) resource["subresources"] = new JsonArray(subresources);
        return resource;
    }

    private static JsonObject ResponseKind(KindInfo kind, string name) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = name };
}

using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Discovery;

/// <summary>meta/v1 APIVersions, APIGroupList, APIGroup and APIResourceList.</summary>
internal static class LegacyDiscovery
{
    public static IEnumerable<(string Path, JsonObject Document)> Documents(DiscoveryTree tree)
    {
        yield return ("/api", new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1"), ["serverAddressByClientCIDRs"] = new JsonArray() });
        var groups = new JsonArray();
        foreach (var group in tree.Groups)
        {
            var version = group.First().Version;
            var root = group.Key.Length == 0 ? $"/api/{version}" : $"/apis/{group.Key}/{version}";
            yield return (root, Resources(tree, group, group.First().ApiVersion));
            if (group.Key.Length == 0) continue;
            groups.Add(Group(group.Key, version));
            var alone = Group(group.Key, version);
            alone["kind"] = "APIGroup";
            alone["apiVersion"] = "v1";
            yield return ($"/apis/{group.Key}", alone);
        }

        yield return ("/apis", new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = groups });
    }

    private static JsonObject Group(string name, string version) => new()
    {
        ["name"] = name,
        ["versions"] = new JsonArray(Version(name, version)),
        ["preferredVersion"] = Version(name, version),
    };

    private static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonObject Resources(DiscoveryTree tree, IEnumerable<KindInfo> kinds, string groupVersion)
    {
        var resources = new JsonArray();
        foreach (var kind in kinds)
        {
            var resource = Resource(kind.Plural, kind.Singular, kind.Namespaced, kind.Kind, tree.Verbs(kind));
            if (kind.ShortNames.Count > 0) resource["shortNames"] = DiscoveryNames.List(kind.ShortNames);
            if (kind.Categories.Count > 0) resource["categories"] = DiscoveryNames.List(kind.Categories);
            resources.Add(resource);
            foreach (var sub in tree.Subresources(kind))
            {
                var entry = Resource($"{kind.Plural}/{sub.Name}", "", kind.Namespaced, sub.Kind, sub.Verbs);
                if (sub.Foreign is { } foreign) (entry["group"], entry["version"]) = (foreign.Group, foreign.Version);
                resources.Add(entry);
            }
        }

        return new JsonObject { ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = groupVersion, ["resources"] = resources };
    }

    private static JsonObject Resource(string name, string singular, bool namespaced, string kind, IEnumerable<string> verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = singular,
        ["namespaced"] = namespaced,
        ["kind"] = kind,
        ["verbs"] = DiscoveryNames.List(verbs),
    };
}

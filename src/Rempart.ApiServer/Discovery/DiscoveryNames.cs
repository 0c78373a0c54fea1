using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Discovery;

internal static class DiscoveryNames
{
    public static JsonArray List(IEnumerable<string> names) => new([.. names.Select(n => (JsonNode)n)]);
}

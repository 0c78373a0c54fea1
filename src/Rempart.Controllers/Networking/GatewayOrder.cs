using System.Security.Cryptography;
using System.Text;

namespace Rempart.Controllers.Networking;

/// <summary>
/// Which hosts carry a network's way out, the first one as long as it lives. Each network has an order of its own, so that hosts share
/// the load, and a host that comes or goes moves nothing but what it carries (rendezvous hashing).
/// </summary>
internal static class GatewayOrder
{
    /// <summary>Each of them watches the others (BFD): five are enough.</summary>
    private const int Most = 5;

    internal static IReadOnlyList<string> Of(string network, IEnumerable<string> chassis) =>
        [.. chassis.OrderByDescending(host => Weight(network, host), StringComparer.Ordinal).ThenBy(host => host, StringComparer.Ordinal).Take(Most)];

    private static string Weight(string network, string host) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{network}/{host}")));
}

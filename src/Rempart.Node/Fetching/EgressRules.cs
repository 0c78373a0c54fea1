using System.Globalization;
using System.Net;
using Rempart.Api.Storage;

namespace Rempart.Node.Fetching;

/// <summary>Where a fetch may connect to. Pure; asked with the very address that is connected to next.</summary>
/// <param name="allowed">exceptions from <see cref="GuardedRanges"/>, out of the cluster's configuration.</param>
/// <param name="own">addresses of this host and of the API server: what listens there may trust who is near.</param>
/// <param name="ports">that a fetch needs; on others are services that text can be smuggled to.</param>
internal sealed class EgressRules(IReadOnlyList<IPNetwork> allowed, IReadOnlyCollection<IPAddress> own, IReadOnlySet<int> ports)
{
    /// <summary>Why not, in words that follow an address; null when it may.</summary>
    internal string? Problem(IPAddress address, int port)
    {
        if (!ports.Contains(port)) return string.Create(CultureInfo.InvariantCulture, $"port {port} is neither 443 nor the source's own");
        if (GuardedRanges.Find(address) is { } guarded)
        {
            return !address.IsIPv4MappedToIPv6 && allowed.Any(range => range.Contains(address) && range.PrefixLength >= guarded.Range.PrefixLength) ? null
                : $"it is in `{guarded.Range}` ({guarded.What}), which no ImageSourcePolicy allows";
        }

        return own.Contains(address) && !allowed.Any(range => range.Contains(address)) ? "it is an address of this host or of the API server, which no ImageSourcePolicy allows" : null;
    }
}

using System.Net;

namespace Rempart.Api.Storage;

/// <summary>
/// Addresses that nothing of a tenant's or an author's choosing may make a host connect to: what IANA's registries of special-purpose
/// addresses (RFC 6890 and its updates) set apart, multicast, and those that carry another address inside. The planes of a cluster,
/// tenants' networks and the clouds' metadata services lie in them.
/// </summary>
public static class GuardedRanges
{
    private static readonly (IPNetwork Range, string What) Mapped = Of("::ffff:0:0/96", "an IPv4 address inside an IPv6 one");

    private static readonly (IPNetwork Range, string What)[] Ranges =
    [
        Of("0.0.0.0/8", "this host"), Of("127.0.0.0/8", "loopback"), Of("169.254.0.0/16", "link-local, where metadata services are"),
        Of("10.0.0.0/8", "private"), Of("172.16.0.0/12", "private"), Of("192.168.0.0/16", "private"), Of("100.64.0.0/10", "shared by providers"),
        Of("192.0.0.0/24", "for protocols"), Of("192.0.2.0/24", "for documentation"), Of("198.51.100.0/24", "for documentation"), Of("203.0.113.0/24", "for documentation"),
        Of("192.88.99.0/24", "for tunnels"), Of("198.18.0.0/15", "for benchmarks"), Of("224.0.0.0/4", "multicast"), Of("240.0.0.0/4", "reserved"),
        Mapped, Of("64:ff9b::/96", "an IPv4 address inside an IPv6 one"), Of("64:ff9b:1::/48", "an IPv4 address inside an IPv6 one"),
        Of("2002::/16", "an IPv4 address inside an IPv6 one"), Of("::/96", "this host or loopback"), Of("100::/64", "for discarding"), Of("2001::/23", "for protocols and tunnels"),
        Of("2001:db8::/32", "for documentation"), Of("3fff::/20", "for documentation"), Of("5f00::/16", "for segment routing"),
        Of("fc00::/7", "private"), Of("fe80::/10", "link-local"), Of("fec0::/10", "private"), Of("ff00::/8", "multicast"),
    ];

    /// <summary>The range that an address lies in and what it is, such as <c>loopback</c>; null for one that anybody may be sent to.</summary>
    /// <param name="address">The address.</param>
    public static (IPNetwork Range, string What)? Find(IPAddress address)
    {
        // The framework takes such an address for the IPv4 one in it.
        if (address.IsIPv4MappedToIPv6) return Mapped;
        foreach (var range in Ranges)
        {
            if (range.Range.BaseAddress.AddressFamily == address.AddressFamily && range.Range.Contains(address)) return range;
        }

        return null;
    }

    /// <summary>Whether an exception for <paramref name="exception"/> makes sense: it lies in one of the ranges, so that it can't open two by being too wide.</summary>
    /// <param name="exception">What somebody wants to have opened.</param>
    public static bool Holds(IPNetwork exception) => Find(exception.BaseAddress) is { } range && range.Range.PrefixLength <= exception.PrefixLength;

    private static (IPNetwork Range, string What) Of(string range, string what) => (IPNetwork.Parse(range), what);
}

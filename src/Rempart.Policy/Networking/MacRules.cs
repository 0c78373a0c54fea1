using System.Diagnostics.CodeAnalysis;

namespace Rempart.Policy.Networking;

/// <summary>MAC addresses of interfaces: six pairs of lower-case hexadecimal digits with colons, unicast.</summary>
public static class MacRules
{
    /// <summary>Routers and services of Rempart's own have addresses that begin so; interfaces never do.</summary>
    public const string ServicePrefix = "0e:52:";

    /// <summary>Allocated addresses begin so: locally administered, unicast.</summary>
    public const string AllocatedPrefix = "0a:52:50:";

    /// <summary>What is wrong with an address that a user asks for; null when nothing is.</summary>
    public static string? Problem([NotNull] string mac)
    {
        if (mac.Length != 17 || !mac.Index().All(c => c.Index % 3 == 2 ? c.Item == ':' : char.IsAsciiHexDigitLower(c.Item)))
            return $"`{mac}` must be six pairs of lower-case hexadecimal digits such as `0a:00:00:00:00:01`";
        if ((Convert.ToByte(mac[..2], 16) & 1) != 0) return $"`{mac}` is a multicast address: the lowest bit of the first pair must be 0";
        if (mac == "00:00:00:00:00:00") return $"`{mac}` is no interface's address";
        return mac.StartsWith(ServicePrefix, StringComparison.Ordinal) ? $"`{mac}` begins with `{ServicePrefix}`, which is kept for routers" : null;
    }
}

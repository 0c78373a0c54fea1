using System.Globalization;
using System.Text.Json;

namespace Rempart.Node.Bonds;

/// <summary>Devices, addresses and routes of a network namespace.</summary>
/// <param name="Links">devices.</param>
/// <param name="Routes">routes that somebody made.</param>
internal sealed record NetworkState(IReadOnlyList<LinkState> Links, IReadOnlyList<RouteState> Routes)
{
    private const long Forever = uint.MaxValue;

    /// <summary>Devices that a route over several of them uses: those are not moved.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];

    public LinkState? Find(string name) => Links.FirstOrDefault(link => link.Name == name);

    /// <summary>Reads what `ip` says.</summary>
    /// <param name="links">of `ip -json -details link show`.</param>
    /// <param name="addresses">of `ip -json address show`.</param>
    /// <param name="v4">of `ip -json -4 route show table all`.</param>
    /// <param name="v6">of `ip -json -6 route show table all`.</param>
    /// <exception cref="JsonException">it is something else.</exception>
    internal static NetworkState Parse(string links, string addresses, string v4, string v6)
    {
        using var told = JsonDocument.Parse(links);
        using var owned = JsonDocument.Parse(addresses);
        var byDevice = Items(owned).Where(link => Text(link, "ifname") is not null).ToDictionary(link => Text(link, "ifname")!, Addresses, StringComparer.Ordinal);
        var (routes, shared) = (new List<RouteState>(), new List<string>());
        foreach (var (text, isV6) in new[] { (v4, false), (v6, true) })
        {
            using var document = JsonDocument.Parse(text);
            foreach (var route in Items(document).Where(IsMade))
            {
                if (route.TryGetProperty("nexthops", out var hops)) shared.AddRange(hops.EnumerateArray().Select(hop => Text(hop, "dev")).OfType<string>());
                else if (Text(route, "dev") is { } device) routes.Add(new RouteState(isV6, device, Text(route, "dst") ?? "default", [.. Rest(route)]));
            }
        }

        return new NetworkState([.. Items(told).Where(link => Text(link, "ifname") is not null).Select(link => Link(link, byDevice))], routes) { Shared = [.. shared.Distinct(StringComparer.Ordinal)] };
    }

    private static LinkState Link(JsonElement link, Dictionary<string, IReadOnlyList<LinkAddress>> addresses)
    {
        var name = Text(link, "ifname")!;
        var info = link.TryGetProperty("linkinfo", out var made) ? made : default;
        return new LinkState(name)
        {
            Master = Text(link, "master"),
            Kind = Text(info, "info_kind"),
            Mode = info.ValueKind == JsonValueKind.Object && info.TryGetProperty("info_data", out var data) ? Text(data, "mode") : null,
            Alias = Text(link, "ifalias"),
            Below = Text(link, "link"),
            IsUp = link.TryGetProperty("flags", out var flags) && flags.EnumerateArray().Any(flag => flag.ValueEquals("UP")),
            Mtu = link.TryGetProperty("mtu", out var mtu) ? mtu.GetInt32() : 0,
            Addresses = addresses.GetValueOrDefault(name, []),
        };
    }

    private static IReadOnlyList<LinkAddress> Addresses(JsonElement link) =>
    [
        .. from address in link.GetProperty("addr_info").EnumerateArray()
           where Text(address, "scope") == "global" && Text(address, "local") is not null
           let lifetime = address.TryGetProperty("valid_life_time", out var valid) && valid.TryGetInt64(out var seconds) ? seconds : Forever
           select new LinkAddress($"{Text(address, "local")}/{address.GetProperty("prefixlen").GetInt32().ToString(CultureInfo.InvariantCulture)}", Text(address, "broadcast"), lifetime < Forever),
    ];

    // Of the table `local`, of the kernel and of router advertisements are made again by themselves.
    private static bool IsMade(JsonElement route) =>
        Text(route, "type") is null or "unicast" && Text(route, "table") != "local" && Text(route, "protocol") is not ("kernel" or "ra" or "redirect");

    private static IEnumerable<string> Rest(JsonElement route)
    {
        if (Text(route, "gateway") is { } gateway) foreach (var word in new[] { "via", gateway }) yield return word;
        if (route.TryGetProperty("via", out var via) && Text(via, "host") is { } host) foreach (var word in new[] { "via", Text(via, "family") ?? "inet6", host }) yield return word;
        foreach (var (member, word) in new[] { ("table", "table"), ("protocol", "proto"), ("scope", "scope"), ("prefsrc", "src") })
        {
            if (Text(route, member) is not { } value) continue;
            yield return word;
            yield return value;
        }

        if (route.TryGetProperty("metric", out var metric))
        {
            yield return "metric";
            yield return metric.GetRawText();
        }

        if (route.TryGetProperty("flags", out var flags) && flags.EnumerateArray().Any(flag => flag.ValueEquals("onlink"))) yield return "onlink";
    }

    private static JsonElement.ArrayEnumerator Items(JsonDocument document) => document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.EnumerateArray() : throw new JsonException("`ip` told no list");

    private static string? Text(JsonElement item, string member) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

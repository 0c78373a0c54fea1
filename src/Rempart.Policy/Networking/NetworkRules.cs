using System.Globalization;
using System.Net;
using Rempart.Api.Meta;
using Rempart.Api.Networking;

namespace Rempart.Policy.Networking;

/// <summary>What Network, NetworkInterface and SecurityGroup objects may say. Every wrong field is reported, not the first.</summary>
public static class NetworkRules
{
    /// <summary>Largest packet when the network says nothing: what fits a 1500-byte wire inside a tunnel.</summary>
    public const int DefaultMtu = 1442;

    public const string Routed = "Routed";
    public const string Internal = "Internal";

    private const int MaxRules = 64;
    private const int MaxPorts = 16;
    private const int MaxPeers = 16;
    private const int MaxGroups = 16;

    private static readonly Ipv4Subnet[] _private = [Ipv4Subnet.Parse("10.0.0.0/8"), Ipv4Subnet.Parse("172.16.0.0/12"), Ipv4Subnet.Parse("192.168.0.0/16")];

    /// <summary>Judges a network.</summary>
    /// <param name="after">The network as it would be.</param>
    /// <param name="before">As it is; null when it is created.</param>
    public static IReadOnlyList<StatusCause> Validate(Network after, Network? before)
    {
        var causes = new List<StatusCause>();
        var spec = after.Spec;
        if (spec.Type is not (Routed or Internal)) causes.Add(Cause("FieldValueNotSupported", "spec.type", $"`{spec.Type}` must be `{Routed}` or `{Internal}`"));
        if (spec.Mtu is < 1280 or > 9000) causes.Add(Invalid("spec.mtu", $"{Text(spec.Mtu.Value)} must be 1280 to 9000"));
        if (spec.Provider is { } provider)
        {
            if (!IsLabel(provider.Network)) causes.Add(Invalid("spec.provider.network", $"`{provider.Network}` must be a DNS label, the name of a provider network of host profiles"));
            if (provider.Vlan is < 1 or > 4094) causes.Add(Invalid("spec.provider.vlan", $"{Text(provider.Vlan.Value)} must be 1 to 4094; leave it out for what is not tagged"));
            if (spec.Type != Internal) causes.Add(Invalid("spec.type", $"must be `{Internal}` with `spec.provider`: Rempart does not route between a wire and anything else"));
            if (spec.Subnet is null) causes.Add(Cause("FieldValueRequired", "spec.subnet", "the wire's subnet must be said with `spec.provider`"));
        }

        // It can't be changed: one that was taken before a rule came must still be served and deleted.
        if (before is null && spec.Subnet is { } subnet && SubnetProblem(subnet) is { } problem) causes.Add(Invalid("spec.subnet", problem));
        if (before is null) return causes;
        if (spec.Type != before.Spec.Type) causes.Add(Invalid("spec.type", "can't be changed; make a new network"));
        if (spec.Provider != before.Spec.Provider) causes.Add(Invalid("spec.provider", "can't be changed; make a new network"));
        if (spec.Subnet != before.Spec.Subnet) causes.Add(Invalid("spec.subnet", "can't be changed; make a new network"));
        return causes;
    }

    /// <summary>Judges an interface by itself; whether its addresses are free is found when they are claimed.</summary>
    /// <param name="after">The interface as it would be.</param>
    /// <param name="before">As it is; null when it is created.</param>
    public static IReadOnlyList<StatusCause> Validate(NetworkInterface after, NetworkInterface? before)
    {
        var causes = new List<StatusCause>();
        var spec = after.Spec;
        if (spec.Network.Contains('/', StringComparison.Ordinal)) causes.Add(Invalid("spec.network", "must be the name of a network of the same project"));
        if (before is null && spec.Mac is { } mac && MacRules.Problem(mac) is { } problem) causes.Add(Invalid("spec.mac", problem));
        if (before is null && spec.Address is { } address && !Ipv4Subnet.TryParseAddress(address, out _)) causes.Add(Invalid("spec.address", $"`{address}` must be an IPv4 address such as `10.1.2.3`"));
        if (spec.Hostname is { } host && !IsLabel(host)) causes.Add(Invalid("spec.hostname", $"`{host}` must be a DNS label: 1 to 63 of `a-z`, `0-9` and `-`"));
        var groups = spec.SecurityGroups ?? [];
        if (groups.Count > MaxGroups) causes.Add(Cause("FieldValueTooMany", "spec.securityGroups", $"at most {Text(MaxGroups)} groups"));
        foreach (var (i, group) in groups.Index())
        {
            if (groups.Take(i).Contains(group, StringComparer.Ordinal)) causes.Add(Cause("FieldValueDuplicate", $"spec.securityGroups[{Text(i)}]", $"`{group}` is named twice"));
        }
        if (before is null) return causes;
        if (spec.Network != before.Spec.Network) causes.Add(Invalid("spec.network", "can't be changed; make a new interface"));
        if (spec.Mac != before.Spec.Mac) causes.Add(Invalid("spec.mac", "can't be changed; make a new interface"));
        if (spec.Address != before.Spec.Address) causes.Add(Invalid("spec.address", "can't be changed; make a new interface"));
        return causes;
    }

    /// <summary>Judges a security group.</summary>
    /// <param name="group">The group as it would be.</param>
    public static IReadOnlyList<StatusCause> Validate(SecurityGroup group)
    {
        var causes = new List<StatusCause>();
        foreach (var (field, rules) in new[] { ("spec.ingress", group.Spec.Ingress), ("spec.egress", group.Spec.Egress) })
        {
            if (rules is null) continue;
            if (rules.Count > MaxRules) causes.Add(Cause("FieldValueTooMany", field, $"at most {Text(MaxRules)} rules"));
            foreach (var (i, rule) in rules.Index()) causes.AddRange(RuleCauses(rule, $"{field}[{Text(i)}]"));
        }
        return causes;
    }

    private static IEnumerable<StatusCause> RuleCauses(SecurityRule rule, string field)
    {
        var hasPorts = rule.Protocol is "TCP" or "UDP";
        if (!hasPorts && rule.Protocol is not (null or "ICMP" or "Any"))
            yield return Cause("FieldValueNotSupported", $"{field}.protocol", $"`{rule.Protocol}` must be `TCP`, `UDP`, `ICMP` or `Any`");
        if (rule.Ports is { Count: > 0 } && !hasPorts) yield return Cause("FieldValueForbidden", $"{field}.ports", "only TCP and UDP have ports: set `protocol`");
        if (rule.Ports is { Count: > MaxPorts }) yield return Cause("FieldValueTooMany", $"{field}.ports", $"at most {Text(MaxPorts)} ports");
        foreach (var (i, port) in (rule.Ports ?? []).Index())
        {
            if (port.Port is < 1 or > 65535) yield return Invalid($"{field}.ports[{Text(i)}].port", $"{Text(port.Port)} must be 1 to 65535");
            if (port.EndPort is { } last && (last < port.Port || last > 65535)) yield return Invalid($"{field}.ports[{Text(i)}].endPort", $"{Text(last)} must be at least `port` and at most 65535");
        }
        // An empty list would read as "nobody" and work as "anyone".
        if (rule.Peers is { Count: 0 }) yield return Invalid($"{field}.peers", "must name somebody; leave it out for anyone");
        if (rule.Peers is { Count: > MaxPeers }) yield return Cause("FieldValueTooMany", $"{field}.peers", $"at most {Text(MaxPeers)} peers");
        foreach (var (i, peer) in (rule.Peers ?? []).Index())
        {
            if (peer.Cidr is null == peer.SecurityGroup is null) yield return Invalid($"{field}.peers[{Text(i)}]", "exactly one of `cidr` and `securityGroup` must be set");
            if (peer.Cidr is { } cidr && cidr != "0.0.0.0/0" && !Ipv4Subnet.TryParse(cidr, out _))
                yield return Invalid($"{field}.peers[{Text(i)}].cidr", $"`{cidr}` must be an IPv4 range such as `192.0.2.0/24`, its host bits zero");
        }
    }

    private static string? SubnetProblem(string text)
    {
        if (!Ipv4Subnet.TryParse(text, out var subnet) || subnet.Prefix is < 16 or > 28) return $"`{text}` must be an IPv4 network of /16 to /28 such as `10.1.2.0/24`, its host bits zero";
        return PrivateProblem(subnet);
    }

    /// <summary>
    /// Why a subnet is not a tenant's to choose; null when it is. Every other project is kept from the addresses of a network: whoever
    /// could take public ones would cut all others off from them.
    /// </summary>
    /// <param name="subnet">What was asked for.</param>
    public static string? PrivateProblem(Ipv4Subnet subnet) =>
        _private.Any(range => range.Contains(subnet)) ? null : $"`{subnet}` must be within `{string.Join("`, `", _private)}`: only private addresses can be chosen";

    /// <summary>Why an interface can't have an address of a network; null when it can, if nobody else has it.</summary>
    /// <param name="address">The address.</param>
    /// <param name="subnet">The network's.</param>
    public static string? AddressProblem(IPAddress address, Ipv4Subnet subnet)
    {
        if (!subnet.Contains(address)) return $"`{address}` is outside of the network's subnet `{subnet}`";
        var index = subnet.IndexOf(address);
        if (index == 0 || index == subnet.Size - 1) return $"`{address}` is the first or last of `{subnet}`, which no interface may have";
        if (index == subnet.IndexOf(NameServer(subnet))) return $"`{address}` is the name server of `{subnet}`";
        return index == 1 ? $"`{address}` is the gateway of `{subnet}`" : null;
    }

    /// <summary>Where a network's guests ask for names: its last usable address.</summary>
    /// <param name="subnet">The network's.</param>
    public static IPAddress NameServer(Ipv4Subnet subnet) => subnet[subnet.Size - 2];

    private static bool IsLabel(string text) => text.Length is >= 1 and <= 63 && text[0] != '-' && text[^1] != '-'
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static StatusCause Invalid(string field, string message) => Cause("FieldValueInvalid", field, message);

    private static StatusCause Cause(string reason, string field, string message) => new() { Reason = reason, Field = field, Message = message };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Rempart.Api.Networking;
using Rempart.Protocols.Dns;

namespace Rempart.Node.Names;

/// <summary>
/// What one project may know: its own names, that no other name below the zone exists, and, from elsewhere, everything that is
/// not below it. Pure.
/// </summary>
internal sealed class NameZone
{
    /// <summary>Bytes over UDP that pass every network whole.</summary>
    internal const ushort Payload = 1232;

    /// <summary>Names follow the API within seconds, so nobody may keep one longer.</summary>
    private const uint Seconds = 5;

    private const int MaxAddresses = 16;
    private const int MaxPointers = 4;
    private const string Reverse = ".in-addr.arpa";
    private readonly string _zone;
    private readonly FrozenDictionary<string, IPAddress[]> _addresses;
    private readonly FrozenDictionary<IPAddress, string[]> _names;

    /// <summary>Names that have no record but are above one: they exist (RFC 8020).</summary>
    private readonly FrozenSet<string> _above;

    internal NameZone(string zone, NameProject project)
    {
        _zone = zone;
        var hosts = project.Hosts.Select(h => (Name: $"{h.Key}.{project.Name}.{zone}".ToLowerInvariant(), Addresses: h.Value
            .Select(a => Ipv4Subnet.TryParseAddress(a, out var address) ? address : null).OfType<IPAddress>().ToArray())).Where(h => h.Addresses.Length > 0 && IsName(h.Name)).ToList();
        _addresses = hosts.GroupBy(h => h.Name, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.SelectMany(h => h.Addresses).Distinct().Take(MaxAddresses).ToArray(), StringComparer.Ordinal);
        _names = hosts.SelectMany(h => h.Addresses.Select(a => (Address: a, h.Name))).GroupBy(n => n.Address)
            .ToFrozenDictionary(g => g.Key, g => g.Select(n => n.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxPointers).ToArray());
        _above = _addresses.Keys.SelectMany(Above).Append(zone).Append($"{project.Name}.{zone}").ToFrozenSet(StringComparer.Ordinal);
    }

    /// <param name="message">what a guest of the project sent.</param>
    /// <param name="datagram">over UDP: answers are limited to what the guest can take.</param>
    internal NameDecision Decide(ReadOnlySpan<byte> message, bool datagram)
    {
        switch (DnsQuery.Read(message, out var query))
        {
            case null:
                return NameDecision.Silence;
            case not DnsCode.NoError and var code:
                return new NameDecision(DnsAnswer.Error(message, code.Value), null);
        }
        var limit = datagram ? LimitOf(query!) : ushort.MaxValue;
        if (query!.Extension is { Version: > 0 }) return Finish(new DnsAnswer(query, 0), DnsCode.BadVersion, limit);
        // Questions of other classes are about the server, whole zones are nobody's to copy.
        if (query.Class != DnsType.Internet || query.Type is DnsType.Transfer or DnsType.IncrementalTransfer) return Finish(new DnsAnswer(query, 0), DnsCode.Refused, limit);
        if (query.Name == _zone || query.Name.EndsWith('.' + _zone, StringComparison.Ordinal)) return OfName(query, limit);
        if (AddressOf(query.Name) is { } address && _names.TryGetValue(address, out var names)) return OfAddress(query, names, limit);
        return new NameDecision(null, query);
    }

    /// <summary>The answer when nobody else answered.</summary>
    internal static byte[] Failure(DnsQuery query) => new DnsAnswer(query, 0).Finish(DnsCode.ServerFailure, Payload, DnsAnswer.LeastPayload);

    /// <summary>Bytes that may be sent over UDP.</summary>
    internal static int LimitOf(DnsQuery query) => query.Extension is { } extension ? Math.Clamp(extension.PayloadSize, (ushort)DnsAnswer.LeastPayload, Payload) : DnsAnswer.LeastPayload;

    private NameDecision OfName(DnsQuery query, int limit)
    {
        var answer = new DnsAnswer(query, Seconds);
        if (query.Type is DnsType.Address or DnsType.Any && _addresses.TryGetValue(query.Name, out var addresses))
        {
            foreach (var address in addresses) answer.AddAddress(address);
            return Finish(answer, DnsCode.NoError, limit);
        }
        answer.AddAuthority(_zone);
        return Finish(answer, _addresses.ContainsKey(query.Name) || _above.Contains(query.Name) ? DnsCode.NoError : DnsCode.NoName, limit);
    }

    private static NameDecision OfAddress(DnsQuery query, string[] names, int limit)
    {
        var answer = new DnsAnswer(query, Seconds);
        if (query.Type is DnsType.Pointer or DnsType.Any)
        {
            foreach (var name in names) answer.AddPointer(name);
        }
        else
        {
            answer.AddAuthority(query.Name);
        }
        return Finish(answer, DnsCode.NoError, limit);
    }

    private static NameDecision Finish(DnsAnswer answer, DnsCode code, int limit) => new(answer.Finish(code, Payload, limit), null);

    /// <summary>What is above a name, the zone's own names included.</summary>
    private static IEnumerable<string> Above(string name)
    {
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1)) yield return name[(dot + 1)..];
    }

    /// <summary>An object's name can be longer than a name in DNS.</summary>
    private static bool IsName(string name) => name.Length <= 253 && name.Split('.').All(label => label.Length is >= 1 and <= 63);

    private static IPAddress? AddressOf(string name)
    {
        if (!name.EndsWith(Reverse, StringComparison.Ordinal)) return null;
        var parts = name[..^Reverse.Length].Split('.');
        if (parts.Length != 4) return null;
        var bytes = new byte[4];
        for (var i = 0; i < 4; i++)
        {
            if (!byte.TryParse(parts[3 - i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]) || bytes[i].ToString(CultureInfo.InvariantCulture) != parts[3 - i]) return null;
        }
        return new IPAddress(bytes);
    }
}

using System.Security.Cryptography;
using System.Text;
using Rempart.Api.Networking;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Names;

/// <summary>
/// What this host must answer, read from OVN's southbound database: OVN carries the names to every host beside the ports. Networks
/// without an interface on this host are left out. Pure.
/// </summary>
/// <param name="Links">how each network is joined, by order of its port's name.</param>
/// <param name="Projects">names of the projects that have such networks.</param>
internal sealed record NamePlan(IReadOnlyList<NameLink> Links, IReadOnlyList<NameProject> Projects)
{
    internal const string Database = "OVN_Southbound";
    private const string ProjectId = "rempart-project";
    private const string HostId = "rempart-host";
    private const string SubnetId = "rempart-subnet";
    private const int MaxHosts = 65536;

    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["Port_Binding"] = ["logical_port", "type", "mac", "datapath", "external_ids"],
    };

    /// <param name="southbound">the database.</param>
    /// <param name="plugged">uids of the interfaces plugged on this host.</param>
    internal static NamePlan Decide(OvsdbReplica southbound, IReadOnlySet<string> plugged)
    {
        var rows = southbound.Rows("Port_Binding").ToList();
        var here = rows.Where(r => plugged.Contains(r["logical_port"].Text ?? "")).Select(r => r["datapath"].Text).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var links = rows.Where(r => r["type"].Text == "localport" && here.Contains(r["datapath"].Text ?? "")).Select(ToLink).OfType<NameLink>()
            .OrderBy(l => l.Port, StringComparer.Ordinal).ToList();
        var projects = links.Select(l => l.Project).ToHashSet(StringComparer.Ordinal);
        var hosts = rows.Select(r => (Project: r["external_ids"].Find(ProjectId), Host: r["external_ids"].Find(HostId), Address: Addresses(r)?.Address))
            .Where(h => h is { Project: not null, Host: not null, Address: not null } && projects.Contains(h.Project)).ToLookup(h => h.Project!, StringComparer.Ordinal);
        return new NamePlan(links, [.. projects.Order(StringComparer.Ordinal).Select(project => new NameProject
        {
            Name = project,
            Hosts = hosts[project].Take(MaxHosts).GroupBy(h => h.Host!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, IReadOnlyList<string> (g) => [.. g.Select(h => h.Address!).Order(StringComparer.Ordinal)], StringComparer.Ordinal),
        })]);
    }

    private static NameLink? ToLink(OvsdbRow row)
    {
        if (row["logical_port"].Text is not { } port || row["external_ids"].Find(ProjectId) is not { } project || Addresses(row) is not var (mac, address)
            || !Ipv4Subnet.TryParse(row["external_ids"].Find(SubnetId), out var subnet)) return null;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(port)))[..12];
        return new NameLink(port, NameLink.Prefix + digest, NameLink.PeerPrefix + digest, mac, address, subnet.Prefix, project);
    }

    /// <summary>`MAC ADDRESS`, as Rempart writes ports.</summary>
    private static (string Mac, string Address)? Addresses(OvsdbRow row) =>
        row["mac"].Text?.Split(' ') is [var mac, var address] && Ipv4Subnet.TryParseAddress(address, out _) ? (mac, address) : null;
}

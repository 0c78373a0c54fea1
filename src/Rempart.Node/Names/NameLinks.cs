using System.Globalization;
using System.Text.Json;
using Rempart.Linux;
using Rempart.Node.Networks;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Names;

/// <summary>Makes the links of a plan and takes away those of none. Repeating it is fine, and mends what is half done.</summary>
internal sealed class NameLinks(NetworkSettings settings, OvsdbClient switchDatabase)
{
    /// <summary>Not the interfaces' own key: those are the machines' to list and to sweep.</summary>
    private const string PortKey = "rempart-names";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private readonly NetworkLayout _layout = new(settings);

    /// <returns>number of each link by its name.</returns>
    /// <exception cref="NetworkSetupException">the kernel or the switch refused it.</exception>
    internal async Task<IReadOnlyDictionary<string, int>> ApplyAsync(IReadOnlyList<NameLink> links, CancellationToken cancellation)
    {
        var present = await PresentAsync(cancellation);
        foreach (var name in present.Keys.Where(n => links.All(l => l.Name != n)).ToList()) await IpAsync(["link", "delete", name], cancellation);
        foreach (var link in links.Where(l => !present.TryGetValue(l.Name, out var there) || !there.Fits(l))) await MakeAsync(link, present.ContainsKey(link.Name), cancellation);
        var replica = await switchDatabase.WaitAsync(_ => switchDatabase.IsConnected, _patience, cancellation);
        var operations = SwitchOperations(replica, links);
        if (operations.Count > 0)
        {
            try
            {
                await switchDatabase.TransactAsync(operations, cancellation);
            }
            catch (OvsdbTransactionException exception)
            {
                throw new NetworkSetupException($"the switch refused the name server's ports: {exception.Message}", exception);
            }
            await switchDatabase.WaitAsync(r => SwitchOperations(r, links).Count == 0, _patience, cancellation);
        }
        return (await PresentAsync(cancellation)).ToDictionary(p => p.Key, p => p.Value.Index, StringComparer.Ordinal);
    }

    /// <summary>What the switch's database still needs for its ends of these links; pure.</summary>
    internal static IReadOnlyList<OvsdbOperation> SwitchOperations(OvsdbReplica replica, IReadOnlyList<NameLink> links)
    {
        var operations = new List<OvsdbOperation>();
        if (replica.Rows("Bridge").FirstOrDefault(b => b["name"].Text == NetworkLayout.IntegrationBridge) is not { } bridge) return operations;
        var ours = replica.Rows("Interface").Where(i => i["external_ids"].Find(PortKey) is not null).ToDictionary(i => i["name"].Text!, StringComparer.Ordinal);
        foreach (var gone in ours.Keys.Where(n => links.All(l => l.Peer != n)))
        {
            foreach (var port in replica.Rows("Port").Where(p => p["name"].Text == gone))
                operations.Add(OvsdbOperation.Mutate("Bridge", bridge.Uuid, "ports", "delete", OvsdbDatum.Of(OvsdbAtom.Of(port.Uuid))));
        }
        foreach (var link in links.Where(l => !ours.ContainsKey(l.Peer)))
        {
            operations.Add(OvsdbOperation.Insert("Interface", $"i{link.Peer}", new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
            {
                ["name"] = OvsdbDatum.Of(link.Peer),
                ["external_ids"] = OvsdbDatum.Map([KeyValuePair.Create("iface-id", link.Port), KeyValuePair.Create(PortKey, link.Port)]),
            }));
            operations.Add(OvsdbOperation.Insert("Port", $"p{link.Peer}", new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
            {
                ["name"] = OvsdbDatum.Of(link.Peer),
                ["interfaces"] = OvsdbDatum.Of(OvsdbAtom.Named($"i{link.Peer}")),
            }));
            operations.Add(OvsdbOperation.Mutate("Bridge", bridge.Uuid, "ports", "insert", OvsdbDatum.Of(OvsdbAtom.Named($"p{link.Peer}"))));
        }
        return operations;
    }

    private async Task MakeAsync(NameLink link, bool present, CancellationToken cancellation)
    {
        if (!present) await IpAsync(["link", "add", link.Name, "address", link.Mac, "type", "veth", "peer", "name", link.Peer], cancellation);
        using (var handle = NetworkNamespace.Open(_layout.NamespacePath))
        {
            if (settings.Datapath == Datapath.Userspace) NetworkLink.FillInChecksums(link.Name, handle);
            NetworkNamespace.Run(handle, () =>
            {
                // Networks may have the same addresses: what comes from one is never taken for another's, nor told of another's.
                foreach (var (key, value) in new[] { ("rp_filter", "0"), ("accept_local", "1"), ("arp_ignore", "2"), ("accept_redirects", "0"), ("send_redirects", "0") })
                    File.WriteAllText($"/proc/sys/net/ipv4/conf/{link.Name}/{key}", value);
                return 0;
            });
        }
        await IpAsync(["link", "set", link.Name, "address", link.Mac], cancellation);
        await IpAsync(["address", "flush", "dev", link.Name], cancellation);
        await IpAsync(["link", "set", link.Peer, "up"], cancellation);
        await IpAsync(["link", "set", link.Name, "up"], cancellation);
        await IpAsync(["address", "add", $"{link.Address}/{link.PrefixLength.ToString(CultureInfo.InvariantCulture)}", "dev", link.Name], cancellation);
    }

    private async Task<Dictionary<string, Present>> PresentAsync(CancellationToken cancellation)
    {
        using var links = JsonDocument.Parse(await IpAsync(["-json", "address", "show"], cancellation));
        return links.RootElement.EnumerateArray().Where(l => l.TryGetProperty("ifname", out var name) && name.GetString()!.StartsWith(NameLink.Prefix, StringComparison.Ordinal)).Select(l =>
            new Present(l.GetProperty("ifname").GetString()!, l.GetProperty("ifindex").GetInt32(), l.GetProperty("address").GetString()!, l.GetProperty("flags").EnumerateArray().Any(f => f.ValueEquals("UP")),
                [.. l.GetProperty("addr_info").EnumerateArray().Where(a => a.GetProperty("family").ValueEquals("inet")).Select(a => (a.GetProperty("local").GetString()!, a.GetProperty("prefixlen").GetInt32()))]))
            .ToDictionary(p => p.Name, StringComparer.Ordinal);
    }

    private Task<string> IpAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        NetworkTool.RunAsync(["ip", "-netns", _layout.Namespace, .. arguments], null, cancellation);

    private sealed record Present(string Name, int Index, string Mac, bool Up, IReadOnlyList<(string Address, int PrefixLength)> Addresses)
    {
        internal bool Fits(NameLink link) => Up && Mac == link.Mac && Addresses is [var one] && one == (link.Address, link.PrefixLength);
    }
}

using System.Net;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Informers;
using ApiNetwork = Rempart.Api.Networking.Network;

namespace Rempart.Controllers.Networking;

/// <summary>Reads from the caches what the compiler needs. An address is compiled only while its claim is held by its owner.</summary>
internal static class FabricReader
{
    internal static FabricReading Read(NetworkFabric fabric, ICaches caches, AddressBook book)
    {
        var places = Places(caches);
        var generations = new Dictionary<string, long>(StringComparer.Ordinal);
        var networks = new Dictionary<ResourceKey, FabricNetwork>();
        foreach (var network in caches.Of<ApiNetwork>().List())
        {
            if (ToNetwork(network, book) is not { } compiled) continue;
            networks.Add(ResourceKey.Of(network), compiled);
            generations[compiled.Uid] = network.Metadata.Generation ?? 0;
        }
        var ports = new List<FabricPort>();
        foreach (var nic in caches.Of<NetworkInterface>().List())
        {
            if (!networks.TryGetValue(new ResourceKey(nic.Metadata.Namespace, nic.Spec.Network), out var network) || ToPort(nic, network, book) is not { } port) continue;
            ports.Add(port with { Placement = MachineOf(nic) is { } machine ? places.GetValueOrDefault(machine) : null });
            generations[port.Uid] = nic.Metadata.Generation ?? 0;
        }
        var groups = caches.Of<SecurityGroup>().List();
        foreach (var group in groups) generations[group.Metadata.Uid!] = group.Metadata.Generation ?? 0;
        var nodes = caches.Of<Node>().List().OrderBy(n => n.Metadata.Name, StringComparer.Ordinal).ToList();
        return new FabricReading(new FabricState
        {
            Fabric = fabric,
            Networks = [.. networks.Values],
            Ports = ports,
            // Objects that admission would refuse today may be older than its rules: they are left out, which drops.
            Groups = [.. groups.Where(g => NetworkRules.Validate(g).Count == 0).Select(g => new FabricGroup(g.Metadata.Uid!, g.Metadata.Namespace!, g.Metadata.Name!, g.Spec))],
            Chassis = [.. nodes.Select(n => n.Metadata.Name!)],
            HostAddresses = [.. nodes.SelectMany(n => n.Status?.Addresses ?? [])
                .Select(a => Ipv4Subnet.TryParseAddress(a.Address, out var address) ? address : null).OfType<IPAddress>().Distinct()],
        }, generations, places);
    }

    /// <summary>Where the ports of each machine may be, by the machine's uid.</summary>
    private static Dictionary<string, PortPlacement> Places(ICaches caches)
    {
        var places = new Dictionary<string, PortPlacement>(StringComparer.Ordinal);
        var moving = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var move in caches.Of<MachineMigration>().List())
        {
            if (TargetOf(move) is { } target && move.Status?.MachineUid is { } uid) moving[uid] = target;
        }
        foreach (var machine in caches.Of<VirtualMachine>().List())
        {
            if (PortPlacement.Of(machine.Status?.NodeName, moving.GetValueOrDefault(machine.Metadata.Uid!)) is { } place) places[machine.Metadata.Uid!] = place;
        }
        return places;
    }

    /// <summary>Where a machine's ports are to be ready besides where they are; null when the move is over, has no target yet, or has arrived.</summary>
    internal static string? TargetOf(MachineMigration move) => MigrationPhase.IsEnded(move.Status?.Phase) || MigrationMarks.IsCommitted(move) ? null : move.Status?.TargetNode;

    private static string? MachineOf(NetworkInterface nic) =>
        nic.Metadata.OwnerReferences?.FirstOrDefault(owner => owner is { Controller: true, Kind: "VirtualMachine" })?.Uid;

    private static string? Only(IReadOnlyList<AddressClaim> claims, string prefix) => claims.Where(claim => claim.Metadata.Name!.StartsWith(prefix, StringComparison.Ordinal)).ToList() is [var one] ? one.Spec.Value : null;

    internal static IPAddress? UplinkOf(AddressBook book, ApiNetwork network) =>
        book.Of(network.Metadata.Uid!).Where(c => c.Metadata.Name!.StartsWith("uplink-", StringComparison.Ordinal))
            .OrderBy(c => c.Metadata.Name, StringComparer.Ordinal).Select(c => IPAddress.Parse(c.Spec.Value)).FirstOrDefault();

    private static FabricNetwork? ToNetwork(ApiNetwork network, AddressBook book)
    {
        if (!Ipv4Subnet.TryParse(network.Status?.Subnet, out var subnet)) return null;
        var uplink = network.Spec.Type == NetworkRules.Routed ? UplinkOf(book, network) : null;
        if (network.Spec.Type == NetworkRules.Routed && uplink is null) return null;
        return new FabricNetwork(network.Metadata.Uid!, network.Metadata.Namespace!, network.Metadata.Name!, subnet, network.Spec.Mtu ?? NetworkRules.DefaultMtu, uplink) { Provider = network.Spec.Provider };
    }

    private static FabricPort? ToPort(NetworkInterface nic, FabricNetwork network, AddressBook book)
    {
        var claims = book.Of(nic.Metadata.Uid!).ToList();
        // A claim is what counts; the status repeats it for people, one write later.
        var mac = nic.Status?.Mac ?? Only(claims, "mac-");
        var allocated = nic.Status?.Addresses?.FirstOrDefault(a => a.Origin == "allocated")?.Address ?? Only(claims, $"ip-{network.Uid}-");
        if (mac is null || !Ipv4Subnet.TryParseAddress(allocated, out var address)) return null;
        var held = claims.Select(c => c.Metadata.Name!).ToHashSet(StringComparer.Ordinal);
        return held.Contains(AddressBook.MacName(mac)) && held.Contains(AddressBook.AddressName(network.Uid, address))
            ? new FabricPort(nic.Metadata.Uid!, nic.Metadata.Namespace!, network.Uid, mac, address, nic.Spec.Hostname ?? nic.Metadata.Name!, nic.Spec.SecurityGroups)
            : null;
    }
}

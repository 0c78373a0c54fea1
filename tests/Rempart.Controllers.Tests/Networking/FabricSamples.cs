using System.Net;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;

namespace Rempart.Controllers.Tests.Networking;

/// <summary>States to compile.</summary>
internal static class FabricSamples
{
    internal static readonly NetworkFabric Fabric = new() { Uplink = Ipv4Subnet.Parse("100.64.0.0/22"), Pool = Ipv4Subnet.Parse("10.128.0.0/9") };

    internal static readonly FabricNetwork Net = new("net-1", "shop", "default", Ipv4Subnet.Parse("10.128.1.0/24"), 1442, IPAddress.Parse("100.64.0.3"));

    internal static FabricPort Port(string uid, FabricNetwork network, int host, string[]? groups = null) =>
        new(uid, network.Project, network.Uid, $"0a:52:50:00:00:{host:x2}", network.Subnet[host], uid, groups);

    internal static FabricState State(params FabricPort[] ports) => new() { Fabric = Fabric, Networks = [Net], Ports = ports, Chassis = ["host-1"] };

    /// <summary>Anything that the controllers may ever ask for: up to 4 projects, 6 networks, 12 ports, 4 groups.</summary>
    internal static FabricState Random(Random random)
    {
        var networks = Enumerable.Range(1, random.Next(1, 7)).Select(i => new FabricNetwork($"net-{i}", $"project-{random.Next(4)}", $"n{i}",
            Ipv4Subnet.Parse(random.Next(4) == 0 ? $"192.168.{i}.0/24" : $"10.128.{i}.0/24"), 1280 + (random.Next(3) * 100), random.Next(3) == 0 ? null : Fabric.Uplink[i + 10])).ToList();
        var groups = Enumerable.Range(1, random.Next(5)).Select(i => new FabricGroup($"group-{i}", $"project-{random.Next(4)}", $"g{i}", new SecurityGroupSpec
        {
            Ingress = Rules(random),
            Egress = random.Next(2) == 0 ? null : Rules(random),
        })).ToList();
        var ports = Enumerable.Range(1, random.Next(13)).Select(i =>
        {
            var network = networks[random.Next(networks.Count)];
            return Port($"port-{i}", network, i + 10, random.Next(2) == 0 ? null : [.. groups.Where(_ => random.Next(2) == 0).Select(g => g.Name)]);
        }).ToList();
        return new FabricState
        {
            Fabric = Fabric,
            Networks = networks,
            Ports = ports,
            Groups = groups,
            Chassis = [.. Enumerable.Range(1, random.Next(3)).Select(i => $"host-{i}")],
            HostAddresses = random.Next(2) == 0 ? [] : [IPAddress.Parse("203.0.113.1")],
        };
    }

    private static List<SecurityRule> Rules(Random random) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => new SecurityRule
    {
        Protocol = random.Next(4) switch { 0 => "TCP", 1 => "UDP", 2 => "ICMP", _ => null },
        Ports = random.Next(2) == 0 ? null : [new PortRange { Port = random.Next(1, 1000), EndPort = random.Next(2) == 0 ? null : 2000 }],
        Peers = random.Next(3) switch { 0 => null, 1 => [new SecurityPeer { Cidr = "198.51.100.0/24" }], _ => [new SecurityPeer { SecurityGroup = $"g{random.Next(6)}" }] },
    })];
}

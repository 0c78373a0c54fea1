using System.Net;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;

namespace Rempart.Network.Tests;

/// <summary>Three hosts that lose their databases' leader, a gateway and a member's disk; guests hardly see it.</summary>
[Trait("level", "real")]
public sealed class LostHostTests : IAsyncLifetime
{
    private static readonly FabricNetwork Red = new("11111111-0000-4000-8000-000000000001", "red", "default", Ipv4Subnet.Parse("10.128.1.0/24"), 1442, IPAddress.Parse("100.64.0.10"));
    private static readonly FabricGroup Open = new("33333333-0000-4000-8000-000000000001", "red", "open", new SecurityGroupSpec { Ingress = [new SecurityRule()] });
    private HostCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await HostCluster.StartAsync(3);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_killed_leader_stops_nothing_and_a_member_without_its_disk_comes_back()
    {
        await ApplyAsync(Port(0), Port(1));
        var guests = new[] { await _cluster.Hosts[0].BootAsync(Port(0)), await _cluster.Hosts[1].BootAsync(Port(1)) };
        foreach (var guest in guests) Assert.NotNull(await guest.LeaseAsync());
        await guests[0].ReachesAsync(Port(1).Address);

        var leader = await LeaderAsync();
        string[] central = ["ovn-northd", "ovsdb-northbound", "ovsdb-southbound"];
        foreach (var service in central) await leader.StopServiceAsync(service);

        Assert.True(await guests[0].PingAsync(Port(1).Address));
        await ApplyAsync(leader, Port(0), Port(1), Port(2));
        var late = await _cluster.Hosts[2].BootAsync(Port(2));
        Assert.NotNull(await late.LeaseAsync());
        await late.ReachesAsync(Port(0).Address);

        var lost = await IdAsync(leader.Layout.CentralFolder, leader.Layout.NorthboundDatabase);
        var lostSouth = await IdAsync(leader.Layout.CentralFolder, leader.Layout.SouthboundDatabase);
        File.Delete(leader.Layout.NorthboundDatabase);
        File.Delete(leader.Layout.SouthboundDatabase);
        // It founds nothing, and joins what is there.
        Assert.Equal((0, ""), await leader.AgentAsync("up"));
        var other = _cluster.Hosts.First(h => h != leader);
        await KickAsync(other, "nb.ctl", "OVN_Northbound", lost);
        await KickAsync(other, "sb.ctl", "OVN_Southbound", lostSouth);
        foreach (var service in Enumerable.Reverse(central)) await leader.StartServiceAsync(service);
        await Eventually.EqualAsync("cluster member", async () => await StatusAsync(leader, "nb.ctl", "OVN_Northbound", "Status: "), Eventually.Patient);
        await Eventually.EqualAsync("cluster member", async () => await StatusAsync(leader, "sb.ctl", "OVN_Southbound", "Status: "), Eventually.Patient);
        await ApplyAsync(Port(0), Port(1));
    }

    [Fact]
    public async Task Another_host_takes_over_the_way_out()
    {
        await ApplyAsync(Port(0), Port(1), Port(2));
        var gateway = GatewayOrder.Of(Red.Uid, _cluster.Hosts.Select(h => h.Settings.NodeName))[0];
        var at = Enumerable.Range(0, 3).First(i => _cluster.Hosts[i].Settings.NodeName != gateway);
        var guest = await _cluster.Hosts[at].BootAsync(Port(at));
        Assert.NotNull(await guest.LeaseAsync());
        await guest.ReachesAsync(NetworkHost.Outside);

        await _cluster.Hosts.First(h => h.Settings.NodeName == gateway).KillAsync();

        await guest.ReachesAsync(NetworkHost.Outside);
    }

    private Task ApplyAsync(params FabricPort[] ports) => ApplyAsync(null, ports);

    private Task ApplyAsync(NetworkHost? without, params FabricPort[] ports) =>
        _cluster.Hosts.First(h => h != without).ApplyAsync(_cluster.State([Red], ports) with { Groups = [Open] });

    private async Task<NetworkHost> LeaderAsync()
    {
        NetworkHost? leader = null;
        // During an election there is none.
        await Eventually.EqualAsync("led", async () =>
        {
            foreach (var host in _cluster.Hosts)
            {
                if (await StatusAsync(host, "sb.ctl", "OVN_Southbound", "Role: ") == "leader") leader = host;
            }
            return leader is null ? "not" : "led";
        }, Eventually.Patient);
        return leader!;
    }

    private static async Task<string?> StatusAsync(NetworkHost host, string control, string database, string line)
    {
        var (_, output) = await Command.TryAsync(null, "ovs-appctl", "--timeout=10", "-t", Path.Combine(host.Layout.CentralFolder, control), "cluster/status", database);
        return output.Split('\n').FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal))?[line.Length..];
    }

    private static async Task<string> IdAsync(string folder, string database) => (await Command.RunAsync(null, "ovsdb-tool", "db-sid", Path.Combine(folder, database))).Trim();

    private static Task<string> KickAsync(NetworkHost by, string control, string database, string member) =>
        Command.RunAsync(null, "ovs-appctl", "--timeout=20", "-t", Path.Combine(by.Layout.CentralFolder, control), "cluster/kick", database, member[..4]);

    private static FabricPort Port(int host) =>
        NetworkHost.Port($"22222222-0000-4000-8000-00000000000{host}", Red, $"0a:52:50:00:00:1{host}", $"10.128.1.1{host}", $"guest-{host}") with
        {
            Groups = ["open"],
            Placement = PortPlacement.Of($"host-{host + 1}", null),
        };
}

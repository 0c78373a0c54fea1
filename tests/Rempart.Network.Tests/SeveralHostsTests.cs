using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;

namespace Rempart.Network.Tests;

/// <summary>Three hosts, guests on all of them.</summary>
[Trait("level", "real")]
public sealed class SeveralHostsTests(SharedHostCluster shared) : IClassFixture<SharedHostCluster>, IAsyncLifetime
{
    private static readonly FabricNetwork Red = new("11111111-0000-4000-8000-000000000001", "red", "default", Ipv4Subnet.Parse("10.128.1.0/24"), 1442, IPAddress.Parse("100.64.0.10"));
    private static readonly FabricNetwork Blue = new("11111111-0000-4000-8000-000000000002", "blue", "default", Ipv4Subnet.Parse("10.128.2.0/24"), 1442, IPAddress.Parse("100.64.0.11"));
    private static readonly FabricGroup Open = new("33333333-0000-4000-8000-000000000001", "red", "open", new SecurityGroupSpec { Ingress = [new SecurityRule()] });
    private static readonly FabricPort One = Port(1, Red, "10.128.1.11") with { Placement = PortPlacement.Of("host-1", null) };
    private static readonly FabricPort Two = Port(2, Red, "10.128.1.12") with { Placement = PortPlacement.Of("host-2", null) };
    private static readonly FabricPort Three = Port(3, Red, "10.128.1.13") with { Placement = PortPlacement.Of("host-3", null) };
    private static readonly FabricPort Stranger = NetworkHost.Port("22222222-0000-4000-8000-000000000009", Blue, "0a:52:50:00:00:29", "10.128.2.29", "stranger");
    private readonly HostCluster _cluster = shared.Cluster;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _cluster.Hosts) await host.ClearAsync();
        await ApplyAsync([], []);
    }

    [Fact]
    public async Task Guests_of_a_project_meet_across_hosts_and_others_do_not()
    {
        await ApplyAsync([Red, Blue], [One, Two, Stranger]);
        var one = await _cluster.Hosts[0].BootAsync(One);
        var two = await _cluster.Hosts[1].BootAsync(Two);
        var stranger = await _cluster.Hosts[2].BootAsync(Stranger);
        Assert.StartsWith("10.128.1.11/24 ", await one.LeaseAsync(), StringComparison.Ordinal);
        Assert.StartsWith("10.128.1.12/24 ", await two.LeaseAsync(), StringComparison.Ordinal);
        Assert.StartsWith("10.128.2.29/24 ", await stranger.LeaseAsync(), StringComparison.Ordinal);

        await one.ReachesAsync(Two.Address);
        await two.ReachesAsync(One.Address);
        await TransferAsync(one, two, Two.Address, 16 * 1024 * 1024);
        Assert.False(await stranger.PingAsync(One.Address));
        Assert.False(await one.PingAsync(Stranger.Address));
        // Names are answered on each host, of machines on any.
        Assert.Equal("10.128.1.12", await one.ResolveAsync("two.red.rempart.internal", Red.NameServer));
        Assert.Equal("10.128.1.11", await two.ResolveAsync("one.red.rempart.internal", Red.NameServer));
        Assert.Equal("NXDOMAIN", await stranger.DigAsync(Blue.NameServer, "one.red.rempart.internal"));
        // Whichever host is the way out, all guests have one.
        foreach (var guest in new[] { one, two, stranger }) await guest.ReachesAsync(NetworkHost.Outside);

        await ApplyAsync([Red], [One, Two with { Groups = [] }]);
        await Eventually.EqualAsync("closed", async () => await one.PingAsync(Two.Address) ? "open" : "closed");
    }

    [Fact]
    public async Task A_port_moves_when_its_machine_speaks_on_the_other_host()
    {
        await ApplyAsync([Red], [One, Two]);
        var one = await _cluster.Hosts[0].BootAsync(One);
        var source = await _cluster.Hosts[1].BootAsync(Two);
        Assert.NotNull(await one.LeaseAsync());
        Assert.NotNull(await source.LeaseAsync());
        await using var before = new EchoServer(source.Namespace, 81);
        await AnswersAsync(one, 81);

        await ApplyAsync([Red], [One, Two with { Placement = PortPlacement.Of("host-2", "host-3") }]);
        var target = await _cluster.Hosts[2].BootAsync(Two);
        await target.RunAsync("ip", "address", "add", $"{Two.Address}/24", "dev", "eth0");
        await using var after = new EchoServer(target.Namespace, 82);
        await _cluster.Hosts[0].SettleAsync();
        await AnswersAsync(one, 81);
        Assert.Null(await one.AskAsync(Two.Address, 82));

        await source.RunAsync("ip", "link", "set", "eth0", "down");
        target.Announce(Two.Mac);
        await AnswersAsync(one, 82);

        await ApplyAsync([Red], [One, Two with { Placement = PortPlacement.Of("host-3", null) }]);
        await _cluster.Hosts[1].Ports.UnbindAsync(Two.Uid, TestContext.Current.CancellationToken);
        await _cluster.Hosts[0].SettleAsync();
        await AnswersAsync(one, 82);
        await target.ReachesAsync(One.Address);
    }

    private static Task AnswersAsync(Guest one, int port) => Eventually.EqualAsync("10.128.1.11", () => one.AskAsync(Two.Address, port), Eventually.Patient);

    [Fact]
    public async Task A_port_is_not_had_by_a_host_that_it_is_not_for()
    {
        await ApplyAsync([Red], [One, Two]);
        await _cluster.Hosts[2].Ports.BindAsync(Two.Uid, 1442, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<TimeoutException>(() => _cluster.Hosts[2].Ports.WaitInstalledAsync(Two.Uid, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));

        await _cluster.Hosts[1].BootAsync(Two);
    }

    [Fact]
    public async Task What_a_host_may_do_in_the_databases_is_for_itself_only()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-stranger-").FullName;
        try
        {
            var attacker = _cluster.Hosts[1].HostNamespace;
            var tls = await _cluster.StrangerAsync("intruder", folder, ofThisCluster: true);
            await Eventually.EqualAsync("host-1 host-2 host-3", async () =>
            {
                var (_, chassis) = await Command.TryAsync(attacker, ["ovn-sbctl", "--timeout=10", "--no-leader-only", "--db=ssl:10.1.0.1:6642", .. tls, "--bare", "--columns=name", "find", "Chassis"]);
                return string.Join(' ', chassis.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
            }, Eventually.Patient);
            foreach (var (server, tool, attempt) in new (string, string, string[])[]
            {
                ("6642", "ovn-sbctl", ["chassis-del", "host-3"]),
                ("6642", "ovn-sbctl", ["set", "SB_Global", ".", "options:x=y"]),
                ("6641", "ovn-nbctl", ["ls-add", "mine"]),
            })
            {
                var (exitCode, output) = await Command.TryAsync(attacker, [tool, "--timeout=5", "--no-leader-only", $"--db=ssl:10.1.0.1:{server}", .. tls, .. attempt]);
                Assert.True(exitCode != 0, $"{tool} {attempt[0]}: {output}");
            }
            Assert.DoesNotContain("mine", await Command.RunAsync(null, "ovn-nbctl", "--no-leader-only", $"--db=unix:{_cluster.Hosts[0].Layout.NorthboundSocket}", "ls-list"), StringComparison.Ordinal);

            var foreign = await _cluster.StrangerAsync("host-2", folder, ofThisCluster: false);
            Assert.NotEqual(0, (await Command.TryAsync(attacker, ["ovn-sbctl", "--timeout=5", "--no-leader-only", "--db=ssl:10.1.0.1:6642", .. foreign, "show"])).ExitCode);

            // By other addresses than a member's, and at other addresses than the management plane's, nobody gets as far as that.
            await Command.RunAsync(attacker, "ip", "address", "add", "10.1.0.77/24", "dev", "eth1");
            foreach (var (from, to, port, expected) in new[] { ("10.1.0.77", "10.1.0.1", 6642, true), ("10.1.0.77", "10.1.0.1", 6643, false), ("10.1.0.77", "10.1.0.1", 6644, false), ("10.1.0.77", "10.1.0.1", 6645, false),
                ("10.1.0.2", "10.1.0.1", 6645, true), ("10.4.0.2", "10.4.0.1", 6642, false), ("203.0.113.12", "203.0.113.11", 6642, false) })
                Assert.True(expected == await ConnectsAsync(attacker, from, to, port), $"from {from} to {to}:{port}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Tunnels_and_certificates_outlive_a_switch_and_a_controller_that_start_anew()
    {
        await ApplyAsync([Red], [One, Two]);
        var guests = new[] { await _cluster.Hosts[0].BootAsync(One), await _cluster.Hosts[1].BootAsync(Two) };
        foreach (var guest in guests) Assert.NotNull(await guest.LeaseAsync());
        await guests[0].ReachesAsync(Two.Address);

        // Nobody gives the bridge its address again: that is done once.
        foreach (var service in new[] { "ovs-vswitchd", "ovn-controller" })
        {
            await _cluster.Hosts[1].StopServiceAsync(service);
            await _cluster.Hosts[1].StartServiceAsync(service);
            await guests[0].ReachesAsync(Two.Address);
        }

        // What is renewed is taken up by whoever runs: the next connection shows it.
        await _cluster.RenewAsync();
        await _cluster.Hosts[1].StopServiceAsync("ovsdb-southbound");
        await _cluster.Hosts[1].StartServiceAsync("ovsdb-southbound");
        await ApplyAsync([Red], [One, Two, Three]);
        var late = await _cluster.Hosts[2].BootAsync(Three);
        Assert.NotNull(await late.LeaseAsync());
    }

    private static async Task<bool> ConnectsAsync(string ns, string from, string to, int port)
    {
        using var socket = Guest.NewSocket(ns, SocketType.Stream);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(to), port, limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private Task ApplyAsync(IReadOnlyList<FabricNetwork> networks, IReadOnlyList<FabricPort> ports) =>
        _cluster.Hosts[0].ApplyAsync(_cluster.State(networks, ports) with { Groups = [Open] });

    /// <summary>Random bytes over one TCP connection arrive as they were sent.</summary>
    private static async Task TransferAsync(Guest from, Guest to, IPAddress address, int size)
    {
        var sent = RandomNumberGenerator.GetBytes(size);
        using var listener = Guest.NewSocket(to.Namespace, SocketType.Stream);
        listener.Bind(new IPEndPoint(IPAddress.Any, 5001));
        listener.Listen();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        using var client = Guest.NewSocket(from.Namespace, SocketType.Stream);
        await client.ConnectAsync(address, 5001, limit.Token);
        using var server = await listener.AcceptAsync(limit.Token);
        var sending = Task.Run(async () =>
        {
            for (var at = 0; at < sent.Length;) at += await client.SendAsync(sent.AsMemory(at, Math.Min(65536, sent.Length - at)), limit.Token);
            client.Shutdown(SocketShutdown.Send);
        }, limit.Token);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[65536];
        for (int count; (count = await server.ReceiveAsync(buffer, limit.Token)) > 0;) digest.AppendData(buffer, 0, count);
        await sending;
        Assert.Equal(SHA256.HashData(sent), digest.GetHashAndReset());
    }

    private static FabricPort Port(int number, FabricNetwork network, string address) =>
        NetworkHost.Port($"22222222-0000-4000-8000-00000000000{number}", network, $"0a:52:50:00:00:1{number}", address, new[] { "one", "two", "three" }[number - 1]) with { Groups = ["open"] };
}

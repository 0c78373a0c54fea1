using System.Net;
using System.Net.Sockets;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;

namespace Rempart.Network.Tests;

/// <summary>One instance, two projects, guests that try everything.</summary>
[Trait("level", "real")]
public sealed class GuestTrafficTests : IAsyncLifetime
{
    private const int HostApi = 6443;
    private static readonly FabricNetwork Red = new("11111111-0000-4000-8000-000000000001", "red", "default", Ipv4Subnet.Parse("10.128.1.0/24"), 1442, IPAddress.Parse("100.64.0.10"));
    private static readonly FabricNetwork Blue = new("11111111-0000-4000-8000-000000000002", "blue", "default", Ipv4Subnet.Parse("10.128.2.0/24"), 1442, IPAddress.Parse("100.64.0.11"));
    private static readonly FabricNetwork Closed = new("11111111-0000-4000-8000-000000000003", "red", "closed", Ipv4Subnet.Parse("10.128.3.0/24"), 1442, null);
    private static readonly FabricPort Web = NetworkHost.Port("22222222-0000-4000-8000-000000000001", Red, "0a:52:50:00:00:11", "10.128.1.11", "web");
    private static readonly FabricPort Client = NetworkHost.Port("22222222-0000-4000-8000-000000000002", Red, "0a:52:50:00:00:12", "10.128.1.12", "client");
    private static readonly FabricPort Stranger = NetworkHost.Port("22222222-0000-4000-8000-000000000003", Blue, "0a:52:50:00:00:21", "10.128.2.21", "stranger");
    private static readonly FabricPort Inner = NetworkHost.Port("22222222-0000-4000-8000-000000000004", Closed, "0a:52:50:00:00:31", "10.128.3.31", "inner");
    private NetworkHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await NetworkHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_guest_gets_its_lease_and_names_and_reaches_the_outside_but_not_the_host()
    {
        await _host.ApplyAsync(_host.State([Red], [Web, Client]));
        var web = await _host.BootAsync(Web);

        Assert.Equal("10.128.1.11/24 10.128.1.1 10.128.1.254 red.rempart.internal 1442", await web.LeaseAsync());

        Assert.Equal("10.128.1.12", await web.ResolveAsync("client.red.rempart.internal", Red.NameServer));
        Assert.Equal("203.0.113.77", await web.ResolveAsync("outside.example", Red.NameServer));
        await using var outside = new EchoServer(_host.OutsideNamespace, 80);
        Assert.Equal(NetworkHost.HostOutside.ToString(), await web.AskAsync(NetworkHost.Outside, 80));
        await using var api = new EchoServer(_host.HostNamespace, HostApi);
        Assert.Equal(NetworkHost.Outside.ToString(), await Guest.AskAsync(_host.OutsideNamespace, NetworkHost.HostOutside, HostApi));
        Assert.Null(await web.AskAsync(NetworkHost.HostOutside, HostApi));
        Assert.Null(await web.AskAsync(_host.Settings.HostAddress, HostApi));
        Assert.False(await web.PingAsync(_host.Settings.HostAddress));
    }

    [Fact]
    public async Task Traffic_between_guests_passes_only_when_the_receivers_group_allows_it()
    {
        await _host.ApplyAsync(_host.State([Red], [Web, Client]));
        var web = await _host.BootAsync(Web);
        var client = await _host.BootAsync(Client);
        Assert.NotNull(await web.LeaseAsync());
        Assert.NotNull(await client.LeaseAsync());
        await using var shell = new EchoServer(web.Namespace, 22);
        await using var other = new EchoServer(web.Namespace, 80);

        Assert.Null(await client.AskAsync(Web.Address, 22));
        Assert.False(await client.PingAsync(Web.Address));

        var rules = new SecurityGroupSpec
        {
            Ingress = [new SecurityRule { Protocol = "TCP", Ports = [new PortRange { Port = 22 }], Peers = [new SecurityPeer { SecurityGroup = "clients" }] }],
        };
        var clients = new FabricGroup("33333333-0000-4000-8000-000000000002", "red", "clients", new SecurityGroupSpec());
        await _host.ApplyAsync(_host.State([Red], [Web with { Groups = ["shell"] }, Client with { Groups = ["clients"] }]) with
        {
            Groups = [new FabricGroup("33333333-0000-4000-8000-000000000001", "red", "shell", rules), clients],
        });
        await Eventually.EqualAsync(Client.Address.ToString(), () => client.AskAsync(Web.Address, 22));
        Assert.Null(await client.AskAsync(Web.Address, 80));
        Assert.False(await client.PingAsync(Web.Address));

        await _host.ApplyAsync(_host.State([Red], [Web with { Groups = ["shell"] }, Client with { Groups = [] }]) with
        {
            Groups = [new FabricGroup("33333333-0000-4000-8000-000000000001", "red", "shell", rules), clients],
        });
        await Eventually.NullAsync(() => client.AskAsync(Web.Address, 22));
        Assert.False(await client.PingAsync(Red.Gateway));
    }

    [Fact]
    public async Task What_comes_from_the_port_of_name_servers_is_held_to_the_rules_too()
    {
        await _host.ApplyAsync(_host.State([Red], [Web, Client]));
        var web = await _host.BootAsync(Web);
        var client = await _host.BootAsync(Client);
        Assert.NotNull(await web.LeaseAsync());
        Assert.NotNull(await client.LeaseAsync());
        using var listening = Guest.NewSocket(web.Namespace, SocketType.Dgram);
        listening.Bind(new IPEndPoint(IPAddress.Any, 5000));
        using var sending = Guest.NewSocket(client.Namespace, SocketType.Dgram);
        sending.Bind(new IPEndPoint(IPAddress.Any, 53));

        for (var i = 0; i < 5; i++) await sending.SendToAsync("x"u8.ToArray(), new IPEndPoint(Web.Address, 5000), TestContext.Current.CancellationToken);
        await _host.SettleAsync();

        Assert.Equal(0, listening.Available);
        Assert.Equal("10.128.1.12", await web.ResolveAsync("client.red.rempart.internal", Red.NameServer));
        var log = await File.ReadAllTextAsync(_host.LogOf("ovn-controller"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("lflow|WARN", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_uses_anothers_address_is_not_heard()
    {
        await _host.ApplyAsync(_host.State([Red], [Web, Client]) with
        {
            Groups = [new FabricGroup("33333333-0000-4000-8000-000000000001", "red", "open", new SecurityGroupSpec { Ingress = [new SecurityRule()] })],
            Ports = [Web with { Groups = ["open"] }, Client with { Groups = ["open"] }],
        });
        var web = await _host.BootAsync(Web);
        var client = await _host.BootAsync(Client);
        Assert.NotNull(await web.LeaseAsync());
        Assert.NotNull(await client.LeaseAsync());
        await client.ReachesAsync(Web.Address);

        await client.RunAsync("ip", "address", "add", "10.128.1.77/24", "dev", "eth0");
        Assert.NotEqual(0, (await Command.TryAsync(client.Namespace, "busybox", "ping", "-c", "2", "-W", "1", "-I", "10.128.1.77", Web.Address.ToString())).ExitCode);
        await client.RunAsync("ip", "address", "delete", "10.128.1.77/24", "dev", "eth0");
        await client.ReachesAsync(Web.Address);

        await client.RunAsync("ip", "link", "set", "eth0", "address", "0a:52:50:00:00:99");
        Assert.False(await client.PingAsync(Web.Address));
    }

    [Fact]
    public async Task Projects_never_meet_and_an_internal_network_has_no_way_out()
    {
        await _host.ApplyAsync(_host.State([Red, Blue, Closed], [Web, Stranger, Inner]) with
        {
            Groups = [new FabricGroup("33333333-0000-4000-8000-000000000001", "red", "open", new SecurityGroupSpec { Ingress = [new SecurityRule()] })],
            Ports = [Web with { Groups = ["open"] }, Stranger, Inner],
        });
        var web = await _host.BootAsync(Web);
        var stranger = await _host.BootAsync(Stranger);
        var inner = await _host.BootAsync(Inner);
        Assert.NotNull(await web.LeaseAsync());
        Assert.NotNull(await stranger.LeaseAsync());
        Assert.Equal("10.128.3.31/24 - 10.128.3.254 red.rempart.internal 1442", await inner.LeaseAsync());

        // Even by a route of its own over the other network's router on the uplink.
        await stranger.RunAsync("ip", "route", "add", "10.128.1.0/24", "via", Blue.Gateway.ToString());
        Assert.False(await stranger.PingAsync(Web.Address));
        Assert.False(await stranger.PingAsync(Red.UplinkAddress!));
        Assert.Equal("NXDOMAIN", await stranger.DigAsync(Blue.NameServer, "web.red.rempart.internal"));
        await stranger.ReachesAsync(NetworkHost.Outside);

        await inner.RunAsync("ip", "route", "add", "default", "via", Closed.Gateway.ToString());
        Assert.False(await inner.PingAsync(NetworkHost.Outside));
        Assert.Equal("10.128.1.11", await inner.ResolveAsync("web.red.rempart.internal", Closed.NameServer));
    }

    [Fact]
    public async Task A_dropped_northbound_database_is_rebuilt_under_running_guests()
    {
        var state = _host.State([Red], [Web, Client]);
        await _host.ApplyAsync(state);
        var web = await _host.BootAsync(Web);
        Assert.NotNull(await web.LeaseAsync());

        await _host.StopServiceAsync("ovsdb-northbound");
        File.Delete(_host.Layout.NorthboundDatabase);
        Assert.Equal((0, ""), await _host.AgentAsync("up"));
        await _host.StartServiceAsync("ovsdb-northbound");
        await _host.Northbound.WaitAsync(r => !r.Rows("Logical_Switch").Any(), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await _host.ApplyAsync(state);

        await web.ReachesAsync(NetworkHost.Outside);
        Assert.Equal("10.128.1.12", await web.ResolveAsync("client.red.rempart.internal", Red.NameServer));
    }

    [Fact]
    public async Task A_port_is_plugged_once_and_its_tap_goes_with_it()
    {
        await _host.ApplyAsync(_host.State([Red], [Web]));
        var first = await _host.Ports.BindAsync(Web.Uid, 1442, TestContext.Current.CancellationToken);
        var again = await _host.Ports.BindAsync(Web.Uid, 1442, TestContext.Current.CancellationToken);
        Assert.Equal(first.Tap, again.Tap);
        Assert.Equal(Web.Uid, Assert.Single(await _host.Ports.ListAsync(TestContext.Current.CancellationToken)).Uid);

        await _host.Ports.UnbindAsync(Web.Uid, TestContext.Current.CancellationToken);
        await _host.Ports.UnbindAsync(Web.Uid, TestContext.Current.CancellationToken);

        Assert.Empty(await _host.Ports.ListAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain(first.Tap, await Command.RunAsync(_host.Layout.Namespace, "ip", "-o", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Laid_twice_is_laid_once_and_taken_away_leaves_nothing()
    {
        Assert.Equal((0, ""), await _host.AgentAsync("up"));
        Assert.Equal((0, ""), await _host.AgentAsync("configure"));
        var refused = await _host.AgentAsync("down");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("stop the instance first", refused.Output, StringComparison.Ordinal);

        await _host.StopAllAsync();
        Assert.Equal((0, ""), await _host.AgentAsync("down"));
        Assert.Equal((0, ""), await _host.AgentAsync("down"));

        Assert.Empty((await Command.RunAsync(_host.HostNamespace, "nft", "list", "ruleset")).Trim());
        Assert.DoesNotContain(_host.Layout.HostVeth, await Command.RunAsync(_host.HostNamespace, "ip", "-o", "link"), StringComparison.Ordinal);
        Assert.Equal("0", (await Command.RunAsync(_host.HostNamespace, "cat", "/proc/sys/net/ipv4/ip_forward")).Trim());
        Assert.DoesNotContain(_host.Layout.Namespace, await Command.RunAsync(null, "ip", "netns"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_host.Layout.Folder));
    }
}

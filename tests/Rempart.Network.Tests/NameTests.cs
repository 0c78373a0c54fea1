using System.Net;
using System.Net.Sockets;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;

namespace Rempart.Network.Tests;

/// <summary>What guests are told when they ask for names, by any kind of resolver.</summary>
[Trait("level", "real")]
public sealed class NameTests : IAsyncLifetime
{
    private static readonly FabricNetwork Red = new("11111111-0000-4000-8000-000000000001", "red", "default", Ipv4Subnet.Parse("10.128.1.0/24"), 1442, IPAddress.Parse("100.64.0.10"));

    /// <summary>A network of another project with the very same addresses: users choose those outside of the pool.</summary>
    private static readonly FabricNetwork RedTwin = new("11111111-0000-4000-8000-000000000002", "red", "twin", Ipv4Subnet.Parse("192.168.7.0/24"), 1442, IPAddress.Parse("100.64.0.11"));
    private static readonly FabricNetwork BlueTwin = new("11111111-0000-4000-8000-000000000003", "blue", "twin", Ipv4Subnet.Parse("192.168.7.0/24"), 1442, IPAddress.Parse("100.64.0.12"));
    private static readonly FabricPort Web = NetworkHost.Port("22222222-0000-4000-8000-000000000001", Red, "0a:52:50:00:00:11", "10.128.1.11", "web");
    private static readonly FabricPort Server = NetworkHost.Port("22222222-0000-4000-8000-000000000002", Red, "0a:52:50:00:00:12", "10.128.1.12", "server");
    private static readonly FabricPort RedInTwin = NetworkHost.Port("22222222-0000-4000-8000-000000000003", RedTwin, "0a:52:50:00:00:13", "192.168.7.21", "one");
    private static readonly FabricPort BlueInTwin = NetworkHost.Port("22222222-0000-4000-8000-000000000004", BlueTwin, "0a:52:50:00:00:14", "192.168.7.21", "one");
    private static readonly string[] Edns = ["+edns=0", "+noedns"];
    private NetworkHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await NetworkHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Every_kind_of_question_gets_its_answer_and_no_timeout()
    {
        await _host.ApplyAsync(_host.State([Red], [Web, Server]));
        var web = await _host.BootAsync(Web);
        Assert.NotNull(await web.LeaseAsync());

        foreach (var edns in Edns)
        {
            Assert.Equal("NOERROR 10.128.1.12", await web.DigAsync(Red.NameServer, edns, "server.red.rempart.internal", "A"));
            Assert.Equal("NOERROR", await web.DigAsync(Red.NameServer, edns, "server.red.rempart.internal", "AAAA"));
            Assert.Equal("NOERROR 10.128.1.12", await web.DigAsync(Red.NameServer, edns, "+tcp", "Server.Red.rempart.internal", "A"));
            Assert.Equal("NXDOMAIN", await web.DigAsync(Red.NameServer, edns, "nobody.red.rempart.internal", "AAAA"));
            Assert.Equal("NOERROR server.red.rempart.internal.", await web.DigAsync(Red.NameServer, edns, "-x", "10.128.1.12"));
            Assert.Equal("NOERROR 203.0.113.77", await web.DigAsync(Red.NameServer, edns, "outside.example", "A"));
            Assert.Equal("NOERROR 203.0.113.77", await web.DigAsync(Red.NameServer, edns, "+tcp", "outside.example", "A"));
        }
        Assert.Equal("NOERROR 10.128.1.12", await web.DigAsync(Red.NameServer, "+dnssec", "+bufsize=4096", "server.red.rempart.internal"));
        Assert.Equal("BADVERS", await web.DigAsync(Red.NameServer, "+edns=1", "+noednsneg", "server.red.rempart.internal"));
        Assert.Equal("REFUSED", await web.DigAsync(Red.NameServer, "version.bind", "TXT", "CH"));
        // The forwarder behind it is not theirs to ask.
        Assert.Equal("SILENCE", await web.DigAsync(_host.Settings.NameServerAddress, "+tries=1", "outside.example"));
    }

    [Fact]
    public async Task Projects_know_only_their_own_names_though_their_networks_have_the_same_addresses()
    {
        await _host.ApplyAsync(_host.State([Red, RedTwin, BlueTwin], [Web, RedInTwin, BlueInTwin]));
        var red = await _host.BootAsync(RedInTwin);
        var blue = await _host.BootAsync(BlueInTwin);
        Assert.NotNull(await red.LeaseAsync());
        Assert.NotNull(await blue.LeaseAsync());

        Assert.Equal("NOERROR 10.128.1.11", await red.DigAsync(RedTwin.NameServer, "web.red.rempart.internal"));
        Assert.Equal("NOERROR one.red.rempart.internal.", await red.DigAsync(RedTwin.NameServer, "-x", "192.168.7.21"));
        Assert.Equal("NOERROR one.blue.rempart.internal.", await blue.DigAsync(BlueTwin.NameServer, "-x", "192.168.7.21"));
        Assert.Equal("NXDOMAIN", await blue.DigAsync(BlueTwin.NameServer, "web.red.rempart.internal"));
        Assert.Equal("NXDOMAIN", await blue.DigAsync(BlueTwin.NameServer, "one.red.rempart.internal"));
        Assert.Equal("NXDOMAIN", await blue.DigAsync(BlueTwin.NameServer, "-x", "10.128.1.11"));
        Assert.Equal("NOERROR 203.0.113.77", await blue.DigAsync(BlueTwin.NameServer, "+tcp", "outside.example"));
        // Another network's responder is not reached by its address, not even by a packet that is put on the own link.
        await red.RunAsync("ip", "route", "add", Red.NameServer.ToString(), "dev", "eth0");
        Assert.Equal("SILENCE", await red.DigAsync(Red.NameServer, "+tries=1", "web.red.rempart.internal"));
    }

    [Fact]
    public async Task Names_come_and_go_with_their_interfaces_while_others_are_answered()
    {
        await _host.ApplyAsync(_host.State([Red], [Web]));
        var web = await _host.BootAsync(Web);
        Assert.NotNull(await web.LeaseAsync());
        Assert.Equal("NXDOMAIN", await web.DigAsync(Red.NameServer, "server.red.rempart.internal"));
        var responder = _host.PidOf("name-responder");

        await _host.ApplyAsync(_host.State([Red], [Web, Server]));
        await Eventually.EqualAsync("NOERROR 10.128.1.12", async () => await web.DigAsync(Red.NameServer, "server.red.rempart.internal"));
        await _host.ApplyAsync(_host.State([Red], [Web]));
        await Eventually.EqualAsync("NXDOMAIN", async () => await web.DigAsync(Red.NameServer, "server.red.rempart.internal"));

        Assert.Equal(responder, _host.PidOf("name-responder"));
        await _host.Ports.UnbindAsync(Web.Uid, TestContext.Current.CancellationToken);
        await Eventually.EqualAsync("", async () => string.Join(' ', (await Command.RunAsync(_host.Layout.Namespace, "ip", "-brief", "link")).Split('\n').Where(l => l.StartsWith("nm", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_killed_responder_comes_back_with_all_it_knew_and_what_guests_send_kills_none()
    {
        await _host.ApplyAsync(_host.State([Red], [Web, Server]));
        var web = await _host.BootAsync(Web);
        Assert.NotNull(await web.LeaseAsync());
        Assert.Equal("NOERROR 10.128.1.12", await web.DigAsync(Red.NameServer, "server.red.rempart.internal"));

        using (var hostile = Guest.NewSocket(web.Namespace, SocketType.Dgram))
        {
            var random = new Random(4711);
            for (var i = 0; i < 500; i++)
            {
                var junk = new byte[random.Next(0, i % 50 == 0 ? 9000 : 100)];
                random.NextBytes(junk);
                await hostile.SendToAsync(junk, new IPEndPoint(Red.NameServer, 53), TestContext.Current.CancellationToken);
            }
        }
        await Eventually.EqualAsync("NOERROR 10.128.1.12", async () => await web.DigAsync(Red.NameServer, "server.red.rempart.internal"));

        await _host.StopServiceAsync("name-responder");
        Assert.Equal("SILENCE", await web.DigAsync(Red.NameServer, "+tries=1", "server.red.rempart.internal"));
        await _host.StartServiceAsync("name-responder");
        Assert.Equal("NOERROR 10.128.1.12", await web.DigAsync(Red.NameServer, "server.red.rempart.internal"));
    }

    [Theory]
    [InlineData("name-responder", "data dev proc program usr")]
    [InlineData("name-server", "data dev proc usr")]
    public async Task What_reads_names_is_nobody_and_sees_nothing_but_its_program_and_its_data(string service, string sees)
    {
        await _host.ApplyAsync(_host.State([Red], [Web]));
        var web = await _host.BootAsync(Web);
        Assert.NotNull(await web.LeaseAsync());
        Assert.Equal("NOERROR 10.128.1.11", await web.DigAsync(Red.NameServer, "web.red.rempart.internal"));

        var process = $"/proc/{_host.PidOf(service)}";
        var status = await File.ReadAllLinesAsync($"{process}/status", TestContext.Current.CancellationToken);
        Assert.Contains(status, l => l.StartsWith("Uid:\t65534\t65534\t65534\t65534", StringComparison.Ordinal));
        Assert.Contains("CapEff:\t0000000000000000", status);
        Assert.Contains("CapBnd:\t0000000000000000", status);
        Assert.Contains("NoNewPrivs:\t1", status);
        var root = Directory.EnumerateFileSystemEntries($"{process}/root").Select(Path.GetFileName).Except(["bin", "sbin", "lib", "lib64", "runtime"]);
        Assert.Equal(sees, string.Join(' ', root.Order(StringComparer.Ordinal)));
        var mounts = await File.ReadAllLinesAsync($"{process}/mountinfo", TestContext.Current.CancellationToken);
        Assert.All(mounts.Where(m => m.Split(' ')[4] is not ("/proc" or "/dev/null" or "/dev/urandom")), m => Assert.StartsWith("ro,", m.Split(' ')[5], StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_host.Layout.NamesRoot));
    }
}

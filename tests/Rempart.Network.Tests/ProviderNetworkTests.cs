using System.Net;
using Rempart.Api.Infra;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;
using Rempart.Linux;
using Rempart.Node.Bonds;
using Rempart.Node.Networks;

namespace Rempart.Network.Tests;

/// <summary>A device of the host becomes the switch's way to a wire, and guests of a network on that wire meet what is there.</summary>
[Trait("level", "real")]
public sealed class ProviderNetworkTests : IAsyncLifetime
{
    private const string Name = "shop-floor-of-the-north";
    private static readonly IPAddress Machine = IPAddress.Parse("10.66.0.2");
    private static readonly FabricNetwork Wire = new("11111111-0000-4000-8000-000000000066", "red", "wire", Ipv4Subnet.Parse("10.66.0.0/24"), 1442, null) { Provider = new NetworkProvider { Network = Name } };
    private static readonly FabricPort Web = NetworkHost.Port("22222222-0000-4000-8000-000000000066", Wire, "0a:52:50:00:00:66", "10.66.0.11", "web");
    private readonly CancellationTokenSource _ending = new();
    private NetworkHost _host = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync() => _host = await NetworkHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _host.DisposeAsync();
        _ending.Dispose();
    }

    [Fact]
    public async Task A_guest_meets_what_is_on_the_wire_for_as_long_as_the_profile_says_so()
    {
        await Command.RunAsync(_host.HostNamespace, "ip", "link", "add", "eth4", "type", "veth", "peer", "name", "wire0", "netns", _host.OutsideNamespace);
        await Command.RunAsync(_host.OutsideNamespace, "ip", "address", "add", $"{Machine}/24", "dev", "wire0");
        await Command.RunAsync(_host.OutsideNamespace, "ip", "link", "set", "wire0", "up");
        using (var outside = NetworkNamespace.Open($"/run/netns/{_host.OutsideNamespace}")) NetworkLink.FillInChecksums("wire0", outside);
        var client = SwitchPorts.NewClient(_host.Settings, TimeProvider.System);
        _running = client.RunAsync(_ending.Token);
        var bridges = new ProviderBridges(_host.Settings, new IpTool(_host.HostNamespace), client);
        ProviderNetwork[] wanted = [new() { Name = Name, Device = "eth4" }];

        // One that the host uses itself is not taken.
        await Command.RunAsync(_host.HostNamespace, "ip", "address", "add", "10.66.0.1/24", "dev", "eth4");
        var (busy, findings) = await bridges.KeepAsync(wanted, CancellationToken.None);
        Assert.Equal((false, "ProviderNotReady"), (busy[0].Ready, Assert.Single(findings).Reason));
        Assert.Contains("`eth4` has the address `10.66.0.1/24`", findings[0].Message, StringComparison.Ordinal);
        Assert.Equal("uplink:br-ex", await MappingsAsync());
        await Command.RunAsync(_host.HostNamespace, "ip", "address", "flush", "dev", "eth4");

        for (var look = 0; look < 2; look++)
        {
            var (told, problems) = await bridges.KeepAsync(wanted, CancellationToken.None);
            Assert.Empty(problems);
            Assert.True(told[0].Ready);
        }

        var mappings = $"uplink:br-ex,provider-{Name}:{ProviderBridges.BridgeName(Name)}";
        Assert.Equal(mappings, await MappingsAsync());
        Assert.Equal(0, (await _host.AgentAsync("configure")).ExitCode);
        Assert.Equal(mappings, await MappingsAsync());

        await _host.ApplyAsync(_host.State([Wire], [Web]));
        var web = await _host.BootAsync(Web);
        Assert.NotNull(await web.LeaseAsync());
        await using var machine = new EchoServer(_host.OutsideNamespace, 80);
        await Eventually.EqualAsync(Web.Address.ToString(), () => web.AskAsync(Machine, 80));

        await bridges.KeepAsync([], CancellationToken.None);
        Assert.Equal("uplink:br-ex", await MappingsAsync());
        await Eventually.NullAsync(() => web.AskAsync(Machine, 80));
    }

    [Theory]
    [InlineData("absent", "there is no device `absent`")]
    [InlineData("eth0", "`eth0` has the address")]
    [InlineData("tun0", "is a name of Rempart's own")]
    [InlineData("br-int", "is a name of Rempart's own")]
    public async Task A_device_that_is_not_free_is_not_taken(string device, string said)
    {
        var client = SwitchPorts.NewClient(_host.Settings, TimeProvider.System);
        _running = client.RunAsync(_ending.Token);
        var (_, findings) = await new ProviderBridges(_host.Settings, new IpTool(_host.HostNamespace), client).KeepAsync([new() { Name = "floor", Device = device }], CancellationToken.None);
        Assert.Contains(said, Assert.Single(findings).Message, StringComparison.Ordinal);
        Assert.Equal("uplink:br-ex", await MappingsAsync());
    }

    private async Task<string> MappingsAsync() =>
        (await Command.RunAsync(null, "ovs-vsctl", $"--db=unix:{_host.Layout.SwitchSocket}", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings")).Trim().Trim('"');
}

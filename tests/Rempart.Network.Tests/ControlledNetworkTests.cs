using Rempart.Api.Core;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;
using ApiNetwork = Rempart.Api.Networking.Network;
using ApiNode = Rempart.Api.Core.Node;

namespace Rempart.Network.Tests;

/// <summary>The controllers over an API in memory, a real host below them.</summary>
[Trait("level", "real")]
public sealed class ControlledNetworkTests : IAsyncLifetime
{
    private NetworkHost _host = null!;
    private ControllerWorld _world = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await NetworkHost.StartAsync();
        _world = new ControllerWorld(Stop, NetworkControllers.Create(NetworkFabricFile.Read(Path.Combine(_host.Layout.Folder, "network.json")), null, TimeProvider.System));
        _world.Api.Seed(new ApiNode { Metadata = new() { Name = "host-1" }, Status = new() { Addresses = [new NodeAddress { Type = "InternalIP", Address = NetworkHost.HostOutside.ToString() }] } });
        _world.Api.Seed(new Namespace { Metadata = new() { Name = "red" } });
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task An_interface_is_allocated_put_in_the_network_served_rebuilt_and_taken_away()
    {
        _world.Api.Seed(new NetworkInterface { Metadata = new() { Namespace = "red", Name = "web" }, Spec = new() { Network = "default" } });
        await _world.UntilAsync("the interface in the network", () => Nic()?.Status?.Conditions.IsTrue("Ready") == true);
        await _world.UntilAsync("the network ready", () => _world.Api.Find<ApiNetwork>("red", "default")!.Status!.Conditions.IsTrue("Ready"));
        var nic = Nic()!;
        var address = nic.Status!.Addresses![0].Address;

        await _host.Ports.BindAsync(nic.Status.PortName!, nic.Status.Mtu!.Value, Stop);
        var port = await _host.Ports.WaitInstalledAsync(nic.Status.PortName!, TimeSpan.FromSeconds(30), Stop);
        await using var guest = await Guest.BootAsync($"g-{_host.Id}", nic.Status.Mac!, port);
        await _host.SettleAsync();
        Assert.StartsWith($"{address}/24 ", await guest.LeaseAsync(), StringComparison.Ordinal);
        await guest.ReachesAsync(NetworkHost.Outside);
        Assert.Equal(address, await guest.ResolveAsync("web.red.rempart.internal", System.Net.IPAddress.Parse(_world.Api.Find<ApiNetwork>("red", "default")!.Status!.DnsServer!)));

        await _host.StopServiceAsync("ovsdb-northbound");
        File.Delete(_host.Layout.NorthboundDatabase);
        Assert.Equal((0, ""), await _host.AgentAsync("up"));
        await _host.StartServiceAsync("ovsdb-northbound");
        await Task.WhenAny(_host.Northbound.WaitAsync(r => _host.Northbound.IsConnected && r.Rows("Logical_Switch_Port").Any(p => p["name"].Text == nic.Metadata.Uid), TimeSpan.FromSeconds(30), Stop));
        await _host.SettleAsync();
        await guest.ReachesAsync(NetworkHost.Outside);

        using var client = _world.Api.Client();
        await client.DeleteAsync<NetworkInterface>("red", "web", null, Stop);
        await _world.UntilAsync("its addresses free", () => !_world.Api.All<AddressClaim>().Any(c => c.Spec.OwnerUid == nic.Metadata.Uid));
        Assert.DoesNotContain(_host.Northbound.Replica!.Rows("Logical_Switch_Port"), p => p["name"].Text == nic.Metadata.Uid);
        await _host.Ports.UnbindAsync(nic.Metadata.Uid!, Stop);
    }

    private NetworkInterface? Nic() => _world.Api.Find<NetworkInterface>("red", "web");
}

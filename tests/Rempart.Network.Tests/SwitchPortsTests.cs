using System.Net;
using Rempart.Api.Networking;
using Rempart.Controllers.Networking;
using Rempart.Node.Networks;
using Rempart.Node.Tests.Networks;

namespace Rempart.Network.Tests;

/// <summary>Open vSwitch's ports keep what every driver of networks keeps.</summary>
public sealed class SwitchPortsTests(SwitchPortsTests.Host fixture) : NetworkDriverConformance, IClassFixture<SwitchPortsTests.Host>
{
    private static readonly FabricNetwork Red = new("11111111-0000-4000-8000-000000000001", "red", "default", Ipv4Subnet.Parse("10.128.1.0/24"), 1442, IPAddress.Parse("100.64.0.10"));

    private protected override INetworkDriver Driver => fixture.Network.Ports;

    private protected override Task<INetworkDriver> RestartAsync() => Task.FromResult(fixture.Network.NewDriver());

    protected override Task InstallAsync(string uid) => fixture.Network.ApplyAsync(fixture.Network.State([Red], [NetworkHost.Port(uid, Red, "0a:52:50:00:00:11", "10.128.1.11", "web")]));

    private protected override async Task<int?> MtuAsync(NetworkPort port)
    {
        var (exit, text) = await Command.TryAsync(fixture.Network.Layout.Namespace, "ip", "-oneline", "link", "show", "up", "dev", port.Tap);
        return exit == 0 ? int.Parse(text.Split(" mtu ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    /// <summary>One host for all of them: each takes away what it has plugged.</summary>
    public sealed class Host : IAsyncLifetime
    {
        private NetworkHost? _host;

        internal NetworkHost Network => _host!;

        public async ValueTask InitializeAsync() => _host = await NetworkHost.StartAsync();

        public async ValueTask DisposeAsync()
        {
            if (_host is not null) await _host.DisposeAsync();
        }
    }
}

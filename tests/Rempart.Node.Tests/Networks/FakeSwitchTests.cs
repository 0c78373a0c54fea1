using Rempart.Node.Networks;

namespace Rempart.Node.Tests.Networks;

/// <summary>The switch of the agent's tests behaves as the real one, which runs the same suite where OVN is.</summary>
public sealed class FakeSwitchTests : NetworkDriverConformance
{
    private readonly FakeSwitch _switch = new() { InstalledAtOnce = false };

    private protected override INetworkDriver Driver => _switch;

    private protected override Task<INetworkDriver> RestartAsync() => Task.FromResult<INetworkDriver>(_switch);

    protected override Task InstallAsync(string uid)
    {
        _switch.Install(uid);
        return Task.CompletedTask;
    }

    private protected override Task<int?> MtuAsync(NetworkPort port) => Task.FromResult(_switch.MtuOf(port.Uid));
}

using Rempart.Node.Networks;

namespace Rempart.Node.Tests.Networks;

/// <summary>What every <see cref="INetworkDriver"/> keeps.</summary>
[Trait("level", "conformance")]
public abstract class NetworkDriverConformance
{
    private const string First = "6f1b5c1e-6a0f-4d55-9a55-000000000001";
    private const string Second = "6f1b5c1e-6a0f-4d55-9a55-000000000002";
    private const int Mtu = 1442;

    private protected abstract INetworkDriver Driver { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The driver anew over the same switch, as after a crash of its process.</summary>
    private protected abstract Task<INetworkDriver> RestartAsync();

    /// <summary>Has OVN know the port and install its flows.</summary>
    protected abstract Task InstallAsync(string uid);

    /// <summary>The largest packet that the port's interface takes, or null without such an interface.</summary>
    private protected abstract Task<int?> MtuAsync(NetworkPort port);

    [Fact]
    public async Task A_port_is_listed_until_it_is_unplugged()
    {
        Assert.Empty(await Driver.ListAsync(Token));

        var second = await Driver.BindAsync(Second, Mtu, Token);
        var first = await Driver.BindAsync(First, Mtu, Token);

        Assert.Equal((First, Second), (first.Uid, second.Uid));
        Assert.NotEqual(first.Tap, second.Tap);
        Assert.Equal(first.NamespacePath, second.NamespacePath);
        Assert.Equal([First, Second], await UidsAsync(Driver));
        Assert.Equal(Mtu, await MtuAsync(first));

        await Driver.UnbindAsync(First, Token);
        Assert.Equal([Second], await UidsAsync(Driver));
        Assert.Null(await MtuAsync(first));
        await Driver.UnbindAsync(Second, Token);
        Assert.Empty(await Driver.ListAsync(Token));
    }

    [Fact]
    public async Task Every_call_may_be_made_again()
    {
        var once = await Driver.BindAsync(First, Mtu, Token);
        var again = await Driver.BindAsync(First, Mtu - 42, Token);

        Assert.Equal(once with { Installed = again.Installed }, again);
        Assert.Equal(Mtu - 42, await MtuAsync(again));
        Assert.Equal([First], await UidsAsync(Driver));

        await Driver.UnbindAsync(First, Token);
        await Driver.UnbindAsync(First, Token);
        await Driver.UnbindAsync(Second, Token);
        Assert.Empty(await Driver.ListAsync(Token));
    }

    [Fact]
    public async Task Ports_outlive_the_driver()
    {
        var before = await Driver.BindAsync(First, Mtu, Token);

        var next = await RestartAsync();

        Assert.Equal([First], await UidsAsync(next));
        Assert.Equal(before.Tap, (await next.BindAsync(First, Mtu, Token)).Tap);
        await next.UnbindAsync(First, Token);
        Assert.Empty(await next.ListAsync(Token));
    }

    [Fact]
    public async Task Calls_at_once_for_the_same_port_make_one()
    {
        var ports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Driver.BindAsync(First, Mtu, Token), Token)));

        Assert.Single(ports.Select(port => port.Tap).Distinct(StringComparer.Ordinal));
        Assert.Equal([First], await UidsAsync(Driver));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Driver.UnbindAsync(First, Token), Token)));
        Assert.Empty(await Driver.ListAsync(Token));
    }

    [Fact]
    public async Task A_port_that_OVN_does_not_know_is_waited_for_in_vain_and_one_that_it_knows_is_not()
    {
        await Driver.BindAsync(First, Mtu, Token);
        await Assert.ThrowsAsync<TimeoutException>(() => Driver.WaitInstalledAsync(First, TimeSpan.FromMilliseconds(300), Token));
        await Assert.ThrowsAsync<TimeoutException>(() => Driver.WaitInstalledAsync(Second, TimeSpan.FromMilliseconds(300), Token));

        await InstallAsync(First);

        Assert.True((await Driver.WaitInstalledAsync(First, TimeSpan.FromSeconds(30), Token)).Installed);
        Assert.True(Assert.Single(await Driver.ListAsync(Token)).Installed);
        await Driver.UnbindAsync(First, Token);
    }

    private static async Task<IEnumerable<string>> UidsAsync(INetworkDriver driver) => (await driver.ListAsync(Token)).Select(port => port.Uid);
}

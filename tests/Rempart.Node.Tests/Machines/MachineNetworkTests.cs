using System.Diagnostics;
using Rempart.Linux;
using Rempart.Node.Machines;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Machines;

[Trait("level", "real")]
public sealed class MachineNetworkTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_machine_speaks_through_a_tap_of_another_namespace(bool vnetHeader)
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var space = "rempart-" + host.Settings.Instance;
        await RunAsync("ip", "netns", "add", space);
        try
        {
            using var handle = NetworkNamespace.Open($"/run/netns/{space}");
            var tap = TapDevice.Open("tap0", vnetHeader, persistent: true, handle);
            await RunAsync("ip", "-n", space, "addr", "add", "10.9.0.1/24", "dev", "tap0");
            await RunAsync("ip", "-n", space, "link", "set", "tap0", "up");
            await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation) with { Nics = [new MachineNic("nic0", "52:54:00:00:00:01", tap, vnetHeader)] }, Cancellation);
            await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);
            await TypeAsync(driver, uid, "killall udhcpc; ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up; nc -l -p 7100 -e /bin/busybox head -c 300000 /dev/zero & echo listening $((1+1))", "listening 2", Cancellation);

            var received = await EventuallyAsync(
                () => RunAsync("ip", "netns", "exec", space, "sh", "-c", "timeout 20 busybox nc -w 20 10.9.0.2 7100 < /dev/null | wc -c"), text => text.Trim() != "0", Cancellation);

            Assert.Equal("300000", received.Trim());
        }
        finally
        {
            await driver.DeleteAsync(uid, CancellationToken.None);
            await RunAsync("ip", "netns", "del", space);
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        return output;
    }
}

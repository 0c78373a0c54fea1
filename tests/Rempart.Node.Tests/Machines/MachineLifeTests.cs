using System.Text;
using Rempart.Node.Workloads;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Machines;

[Trait("level", "real")]
public sealed class MachineLifeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_micro_machine_boots_in_its_jail_says_it_is_ready_and_shuts_down_when_asked()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();

        var started = await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);
        Assert.Equal(WorkloadPhase.Running, started.Phase);
        Assert.False(started.GuestReady);

        await EventuallyAsync(() => LogAsync(driver, uid, Cancellation), log => log.Contains(MicroGuest.FirstLine, StringComparison.Ordinal), Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);

        await using (var console = await driver.OpenConsoleAsync(uid, Cancellation))
        {
            await console.WriteAsync(Encoding.ASCII.GetBytes("echo the answer is $((40+2))\n"), Cancellation);
            var seen = new StringBuilder();
            var buffer = new byte[4096];
            while (!seen.ToString().Contains("the answer is 42", StringComparison.Ordinal))
            {
                var count = await console.ReadAsync(buffer, Cancellation);
                Assert.NotEqual(0, count);
                seen.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
        }

        var stopping = await driver.StopAsync(uid, TimeSpan.FromMinutes(2), Cancellation);
        Assert.Contains(stopping.Phase, new[] { WorkloadPhase.Stopping, WorkloadPhase.Stopped });
        var stopped = await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.Phase == WorkloadPhase.Stopped, Cancellation);
        Assert.Equal(ExitReason.Stopped, stopped.Exit!.Reason);
    }
}

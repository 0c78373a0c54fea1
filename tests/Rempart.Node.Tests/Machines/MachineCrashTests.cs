using System.Globalization;
using Rempart.Linux;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;
using Rempart.Testing.Time;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Machines;

/// <summary>Crashes at the wrong moment, made by setting the record back or by killing what holds a machine.</summary>
[Trait("level", "real")]
public sealed class MachineCrashTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_that_an_agent_did_not_finish_is_taken_down_by_the_next_start()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var first = await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);
        await driver.DisposeAsync();
        Rewrite(host, uid, record => record with { Step = MachineStep.Launching });

        driver = host.NewDriver();
        Assert.Equal(WorkloadPhase.Incomplete, (await driver.InspectAsync(uid, Cancellation)).Phase);
        var second = await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);

        Assert.Equal((WorkloadPhase.Running, 2), (second.Phase, second.Starts));
        Assert.NotEqual(first.Pid, second.Pid);
        Assert.Null(ProcessHandle.StartTicks(first.Pid!.Value));
        Assert.Equal(first.HostUid, second.HostUid);
    }

    [Fact]
    public async Task A_machine_of_an_earlier_boot_ended_with_it()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);
        await driver.DisposeAsync();
        Rewrite(host, uid, record => record with { BootId = "an earlier one" });

        var state = await host.NewDriver().InspectAsync(uid, Cancellation);

        Assert.Equal((WorkloadPhase.Stopped, ExitReason.HostRestart), (state.Phase, state.Exit!.Reason));
    }

    [Fact]
    public async Task A_machine_outlives_its_conmon_but_its_exit_code_does_not()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var running = await ReadyMachineAsync(driver, uid, Cancellation);
        var folder = new WorkloadFolder(host.Settings, uid);
        var pid = int.Parse(await File.ReadAllTextAsync(folder.ConmonPid, Cancellation), CultureInfo.InvariantCulture);
        using (var conmon = ProcessHandle.TryOpen(pid)!) conmon.Signal(ProcessHandle.SIGKILL);
        await Eventually.HoldsAsync("conmon has gone", () => !Directory.Exists($"/proc/{pid}"), Cancellation);

        var alone = await driver.InspectAsync(uid, Cancellation);
        Assert.Equal((WorkloadPhase.Running, running.Pid), (alone.Phase, alone.Pid));
        await Assert.ThrowsAsync<WorkloadException>(() => driver.OpenConsoleAsync(uid, Cancellation));
        using (var process = ProcessHandle.TryOpen(running.Pid!.Value)!) process.Signal(ProcessHandle.SIGKILL);

        var ended = await StoppedAsync(driver, uid, Cancellation);
        Assert.Equal((ExitReason.Error, null), (ended.Exit!.Reason, ended.Exit.Code));
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_said_and_nothing_is_guessed()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var folder = new WorkloadFolder(host.Settings, uid);
        folder.WriteRecord("{\"half\": "u8);
        var failure = await Assert.ThrowsAsync<WorkloadException>(() => driver.InspectAsync(uid, Cancellation));
        Assert.Contains("workload.json", failure.Message, StringComparison.Ordinal);
        folder.Delete();
    }

    [Fact]
    public async Task A_viewer_who_does_not_read_stops_neither_the_guest_nor_another_viewer_and_the_log_is_bounded()
    {
        await using var host = new JailHost();
        const long bound = 64 * 1024;
        await using var driver = new MachineDriver(host.Settings with { MaxLogBytes = bound }, host.Jails, TimeProvider.System);
        var uid = NewUid();
        await ReadyMachineAsync(driver, uid, Cancellation);
        await using var neverRead = await driver.OpenConsoleAsync(uid, Cancellation);

        await TypeAsync(driver, uid, "seq 100000 103000; echo counted $((1+1))", "counted 2", Cancellation);

        Assert.InRange(new FileInfo(new WorkloadFolder(host.Settings, uid).ConsoleLog).Length, 1, 2 * bound);
        await driver.DeleteAsync(uid, Cancellation);
    }

    private static void Rewrite(JailHost host, string uid, Func<MachineRecord, MachineRecord> change)
    {
        var folder = new WorkloadFolder(host.Settings, uid);
        folder.WriteRecord(change(MachineRecord.Parse(folder.ReadRecord())).ToJson());
    }
}

using System.Diagnostics;
using System.Globalization;
using Rempart.Linux;
using Rempart.Node.Machines;
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
        var before = host.Inventory();

        var started = await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);
        Assert.Equal(WorkloadPhase.Running, started.Phase);
        Assert.False(started.GuestReady);
        await FirstLineAsync(driver, uid, Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);
        await TypeAsync(driver, uid, "echo the answer is $((40+2))", "the answer is 42", Cancellation);

        var stopping = await driver.StopAsync(uid, TimeSpan.FromMinutes(2), Cancellation);
        Assert.Contains(stopping.Phase, new[] { WorkloadPhase.Stopping, WorkloadPhase.Stopped });
        var stopped = await StoppedAsync(driver, uid, Cancellation);
        Assert.Equal(ExitReason.Stopped, stopped.Exit!.Reason);
        Assert.Equal(0, stopped.Exit.Code);
        Assert.NotEmpty(await driver.ReadLogAsync(uid, 1000, Cancellation));

        await driver.DeleteAsync(uid, Cancellation);
        await driver.DeleteAsync(uid, Cancellation);
        Assert.Equal(WorkloadPhase.Absent, (await driver.InspectAsync(uid, Cancellation)).Phase);
        Assert.Equal(before, WithoutEmptyFolders(host.Inventory(), host));
    }

    [Fact]
    public async Task A_machine_outlives_the_agent_that_started_it_and_the_next_agent_adopts_it()
    {
        await using var host = new JailHost();
        await MicroGuest.BuildAsync(Cancellation);
        var uid = NewUid();
        using var agent = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [TestAgent.Command, host.Settings.Instance, host.Settings.FirstUid.ToString(CultureInfo.InvariantCulture), uid])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var said = await agent.StandardOutput.ReadLineAsync(Cancellation);
        Assert.Equal("started", said);

        agent.Kill();
        await agent.WaitForExitAsync(Cancellation);

        var driver = host.NewDriver();
        Assert.Equal([uid], await driver.ListAsync(Cancellation));
        var adopted = await driver.InspectAsync(uid, Cancellation);
        Assert.Equal((WorkloadPhase.Running, 1), (adopted.Phase, adopted.Starts));
        await FirstLineAsync(driver, uid, Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);
        var again = await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);
        Assert.Equal((adopted.Pid, 1), (again.Pid, again.Starts));
        await TypeAsync(driver, uid, "echo still $((1+1)) here", "still 2 here", Cancellation);
    }

    [Fact]
    public async Task A_driver_that_has_ended_keeps_no_monitor_from_the_next_one()
    {
        await using var host = new JailHost();
        var first = host.NewDriver();
        var uid = NewUid();
        await first.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation);
        await first.DisposeAsync();
        await Assert.ThrowsAsync<WorkloadException>(() => first.UseAsync(uid, (_, session, token) => session.StateAsync(token), Cancellation));
        await using var next = host.NewDriver();
        Assert.Equal("running", await next.UseAsync(uid, (_, session, token) => session.StateAsync(token), Cancellation));
    }

    [Fact]
    public async Task A_paused_machine_is_silent_also_for_the_next_agent_goes_on_where_it_was_and_hears_a_stop()
    {
        await using var host = new JailHost();
        var first = host.NewDriver();
        var uid = NewUid();
        var running = await ReadyMachineAsync(first, uid, Cancellation);
        await TypeAsync(first, uid, "answer=$((40+2)); while true; do echo tick; sleep 0.1; done & echo kept $answer", "kept 42", Cancellation);
        Assert.Equal(WorkloadPhase.Running, (await first.ResumeAsync(uid, Cancellation)).Phase);

        var paused = await first.PauseAsync(uid, Cancellation);
        Assert.Equal((WorkloadPhase.Paused, running.Pid), (paused.Phase, paused.Pid));
        Assert.Equal(WorkloadPhase.Paused, (await first.PauseAsync(uid, Cancellation)).Phase);
        await Task.Delay(500, Cancellation);
        var said = await LogAsync(first, uid, Cancellation);
        await Task.Delay(1000, Cancellation);
        Assert.Equal(said, await LogAsync(first, uid, Cancellation));
        await first.DisposeAsync();
        var next = host.NewDriver();
        Assert.Equal(WorkloadPhase.Paused, (await next.InspectAsync(uid, Cancellation)).Phase);

        Assert.Equal(WorkloadPhase.Running, (await next.ResumeAsync(uid, Cancellation)).Phase);
        await TypeAsync(next, uid, "kill $!; echo still $answer", "still 42", Cancellation);

        await next.PauseAsync(uid, Cancellation);
        Assert.Equal(WorkloadPhase.Stopping, (await next.StopAsync(uid, TimeSpan.FromMinutes(2), Cancellation)).Phase);
        Assert.Equal(ExitReason.Stopped, (await StoppedAsync(next, uid, Cancellation)).Exit!.Reason);
    }

    [Fact]
    public async Task What_ended_a_machine_is_told_apart()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();

        await ReadyMachineAsync(driver, uid, Cancellation);
        await driver.DisposeAsync();
        driver = host.NewDriver();
        await TypeAsync(driver, uid, "poweroff -f", "Power down", Cancellation);
        Assert.Equal(ExitReason.GuestShutdown, (await StoppedAsync(driver, uid, Cancellation)).Exit!.Reason);

        await ReadyMachineAsync(driver, uid, Cancellation);
        await TypeAsync(driver, uid, "echo c > /proc/sysrq-trigger", "Kernel panic", Cancellation);
        Assert.Equal(ExitReason.GuestPanic, (await StoppedAsync(driver, uid, Cancellation)).Exit!.Reason);

        var running = await ReadyMachineAsync(driver, uid, Cancellation);
        Assert.Equal(3, running.Starts);
        using (var process = ProcessHandle.TryOpen(running.Pid!.Value)!) process.Signal(ProcessHandle.SIGKILL);
        var killed = await StoppedAsync(driver, uid, Cancellation);
        Assert.Equal((ExitReason.Error, 137), (killed.Exit!.Reason, killed.Exit.Code));
        Assert.Contains("killed from outside", killed.Exit.Message, StringComparison.Ordinal);

        await ReadyMachineAsync(driver, uid, Cancellation);
        Assert.Equal(ExitReason.Killed, (await driver.KillAsync(uid, Cancellation)).Exit!.Reason);
    }

    [Fact]
    public async Task A_guest_that_ignores_the_power_button_is_killed_at_its_deadline_also_by_the_next_agent()
    {
        await using var host = new JailHost();
        var first = host.NewDriver();
        var uid = NewUid();
        await ReadyMachineAsync(first, uid, Cancellation);
        await TypeAsync(first, uid, "kill $(cat /run/acpid.pid); echo acpid is $((0)) now", "acpid is 0 now", Cancellation);

        var stopping = await first.StopAsync(uid, TimeSpan.FromSeconds(3), Cancellation);
        Assert.Equal(WorkloadPhase.Stopping, stopping.Phase);
        Assert.NotNull(stopping.StopDeadline);
        await first.DisposeAsync();

        var stopped = await StoppedAsync(host.NewDriver(), uid, Cancellation);
        Assert.Equal(ExitReason.Killed, stopped.Exit!.Reason);
    }

    [Fact]
    public async Task A_jail_that_exceeds_its_memory_is_told_from_other_ends()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        await ReadyMachineAsync(driver, uid, Cancellation);

        var group = Cgroups.Detect();
        var limit = group.Unified ? $"{group.Root}{host.Settings.CgroupParent}/{uid}/memory.max" : $"{group.Root}/memory{host.Settings.CgroupParent}/{uid}/memory.limit_in_bytes";
        var usage = group.Unified ? limit.Replace("memory.max", "memory.current", StringComparison.Ordinal) : limit.Replace("limit_in_bytes", "usage_in_bytes", StringComparison.Ordinal);
        await File.WriteAllTextAsync(limit, (long.Parse(await File.ReadAllTextAsync(usage, Cancellation), CultureInfo.InvariantCulture) + (1 << 20)).ToString(CultureInfo.InvariantCulture), Cancellation);
        await using (var console = await driver.OpenConsoleAsync(uid, Cancellation))
        {
            await console.WriteAsync("mount -t tmpfs t /mnt || mkdir /mnt && mount -t tmpfs t /mnt; dd if=/dev/zero of=/mnt/x bs=1M count=50\n"u8.ToArray(), Cancellation);
        }

        Assert.Equal(ExitReason.OOMKilled, (await StoppedAsync(driver, uid, Cancellation)).Exit!.Reason);
    }

    [Fact]
    public async Task A_failed_start_leaves_nothing_running_and_says_what_qemu_said()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var image = Path.Combine(host.Settings.DataFolder, "not-qcow2");
        await File.WriteAllTextAsync(image, "this is no image", Cancellation);
        var launch = await MicroGuest.LaunchAsync(uid, Cancellation) with
        {
            Disks = [new MachineDisk("root", "root", [new DiskLayer(File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite), DiskFormat.Qcow2, ReadOnly: false)])],
        };

        var failure = await Assert.ThrowsAsync<WorkloadException>(() => driver.StartAsync(launch, Cancellation));

        Assert.Contains("not in qcow2 format", failure.Message, StringComparison.Ordinal);
        var state = await driver.InspectAsync(uid, Cancellation);
        Assert.Equal((WorkloadPhase.Stopped, ExitReason.Error), (state.Phase, state.Exit!.Reason));
        Assert.True(launch.Disks[0].Layers[0].File.IsClosed);
        Assert.DoesNotContain("qemu-system", host.Inventory(), StringComparison.Ordinal);
    }

    // The folders of all workloads together stay for the next one.
    private static string WithoutEmptyFolders(string inventory, JailHost host) => string.Concat(inventory
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line != host.Settings.WorkloadsFolder && line != host.Settings.RuntimeFolder && line != host.Settings.JailsFolder)
        .Select(line => line + "\n"));
}

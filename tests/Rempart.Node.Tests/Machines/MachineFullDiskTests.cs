using Rempart.Node.Machines;
using Rempart.Node.Workloads;
using Rempart.Testing.Disks;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Machines;

/// <summary>Disks that fill under machines that run: the pool's, and the one of the agent's own records and logs.</summary>
[Trait("level", "real")]
public sealed class MachineFullDiskTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_that_fills_the_pool_is_held_and_goes_on_when_there_is_room_and_what_it_wrote_is_there()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        using var disk = new SmallDisk(Path.Combine(host.Settings.DataFolder, "pool"), mebibytes: 8);
        var path = Path.Combine(host.Settings.DataFolder, "pool", "disk.qcow2");
        await Volumes.Programs.OutputAsync("qemu-img", ["create", "-q", "-f", "qcow2", path, "64M"]);
        disk.Fill(butBytes: 2 << 20);
        await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation) with
        {
            Disks = [new MachineDisk("root", "root", [new DiskLayer(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), DiskFormat.Qcow2, ReadOnly: false)])],
        }, Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);

        // When the guest writes more than there is room for
        await TypeAsync(driver, uid, "mkdir -p /tmp; yes rempart | head -c 4194304 > /tmp/w; echo made $((1+1))", "made 2", Cancellation);
        await TypeAsync(driver, uid, "dd if=/tmp/w of=/dev/vda bs=64k && sync && echo wrote $((1+1))", "dd if", Cancellation);
        var held = await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.Phase == WorkloadPhase.Paused, Cancellation);
        Assert.True(held.LacksRoom);

        // And is let go without room, then it is held again
        await driver.ResumeAsync(uid, Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state is { Phase: WorkloadPhase.Paused, LacksRoom: true }, Cancellation);

        // When there is room, then it goes on where it was, and the guest saw no failure
        disk.MakeRoom();
        Assert.Equal((WorkloadPhase.Running, false), (await driver.ResumeAsync(uid, Cancellation)) is var on ? (on.Phase, on.LacksRoom) : default);
        await EventuallyAsync(() => LogAsync(driver, uid, Cancellation), log => log.Contains("wrote 2", StringComparison.Ordinal), Cancellation);
        Assert.Contains("same", await TypeAsync(driver, uid, "echo 3 > /proc/sys/vm/drop_caches; head -c 4194304 /dev/vda | cmp - /tmp/w && echo sa''me", "same", Cancellation), StringComparison.Ordinal);
        Assert.Equal(held.Pid, (await driver.InspectAsync(uid, Cancellation)).Pid);
    }

    [Fact]
    public async Task Machines_run_on_are_seen_and_can_be_ended_and_deleted_while_the_agents_own_disk_is_full()
    {
        await using var host = new JailHost();
        using var disk = new SmallDisk(host.Settings.DataFolder, mebibytes: 400);
        try
        {
            File.SetUnixFileMode(host.Settings.DataFolder, (UnixFileMode)0b111_001_001);
            var driver = host.NewDriver();
            var (stopped, killed) = (NewUid(), NewUid());
            await ReadyMachineAsync(driver, stopped, Cancellation);
            await ReadyMachineAsync(driver, killed, Cancellation);
            disk.Fill();

            // The console can't be logged now: it goes on all the same.
            Assert.Contains("counted 2", await TypeAsync(driver, killed, "seq 100000 101000; echo counted $((1+1))", "counted 2", Cancellation), StringComparison.Ordinal);
            var refused = await Assert.ThrowsAnyAsync<IOException>(async () => await driver.StartAsync(await MicroGuest.LaunchAsync(NewUid(), Cancellation), Cancellation));
            Assert.Contains("No space left", refused.Message, StringComparison.Ordinal);

            await driver.StopAsync(stopped, TimeSpan.FromSeconds(60), Cancellation);
            Assert.Equal(WorkloadPhase.Stopped, (await StoppedAsync(driver, stopped, Cancellation)).Phase);
            Assert.Equal(WorkloadPhase.Stopped, (await driver.KillAsync(killed, Cancellation)).Phase);

            // Still so for an agent that begins now, though it must find it out anew; and with room it is written down.
            var next = host.NewDriver();
            Assert.Equal(WorkloadPhase.Stopped, (await next.InspectAsync(killed, Cancellation)).Phase);
            await next.DeleteAsync(killed, Cancellation);
            Assert.Equal(WorkloadPhase.Absent, (await next.InspectAsync(killed, Cancellation)).Phase);
            disk.MakeRoom();
            Assert.Equal(ExitReason.Stopped, (await driver.InspectAsync(stopped, Cancellation)).Exit!.Reason);
            Assert.Equal(ExitReason.Stopped, (await host.NewDriver().InspectAsync(stopped, Cancellation)).Exit!.Reason);
        }
        finally
        {
            disk.MakeRoom();
            var last = host.NewDriver();
            foreach (var uid in await last.ListAsync(CancellationToken.None)) await last.DeleteAsync(uid, CancellationToken.None);
        }
    }
}

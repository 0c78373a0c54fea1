using System.Diagnostics;
using System.Globalization;
using Rempart.Linux;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Machines;

namespace Rempart.Node.Tests.Jail;

/// <summary>What the kernel says about a running machine, against what docs/design/jail.md promises.</summary>
[Trait("level", "real")]
public sealed class JailFactsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_machine_is_nobody_has_nothing_and_sees_nothing()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = JailHost.NewUid();
        var disks = Path.Combine(host.Settings.DataFolder, "disks");
        Directory.CreateDirectory(disks, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var disk = Path.Combine(disks, "root.img");
        await using (var made = File.Create(disk)) made.SetLength(8 << 20);
        using var tap = TapDevice.Open("rt" + host.Settings.Instance, vnetHeader: false, persistent: false, networkNamespace: null);
        var launch = await MicroGuest.LaunchAsync(uid, Cancellation) with
        {
            Disks = [new MachineDisk("root", "root-serial", [new DiskLayer(File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), DiskFormat.Raw, ReadOnly: false)])],
            Nics = [new MachineNic("nic0", "52:54:00:00:00:01", tap, VnetHeader: false)],
        };
        var state = await driver.StartAsync(launch, Cancellation);
        var process = $"/proc/{state.Pid}";
        await JailHost.EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), seen => seen.GuestReady, Cancellation);

        var status = (await File.ReadAllLinesAsync(process + "/status", Cancellation)).Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);
        var own = string.Join('\t', Enumerable.Repeat(state.HostUid!.Value.ToString(CultureInfo.InvariantCulture), 4));
        Assert.Equal(own, status["Uid"]);
        Assert.Equal(own, status["Gid"]);
        Assert.All(new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" }, set => Assert.Equal("0000000000000000", status[set]));
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.Equal("2", status["Seccomp_filters"]);

        var cards = (await File.ReadAllLinesAsync(process + "/net/dev", Cancellation)).Skip(2).Select(line => line.Split(':')[0].Trim());
        Assert.Equal(["lo"], cards);
        foreach (var kind in new[] { "user", "pid", "net", "ipc", "uts", "mnt", "cgroup" })
            Assert.NotEqual(File.ResolveLinkTarget($"/proc/self/ns/{kind}", returnFinalTarget: false)!.Name, File.ResolveLinkTarget($"{process}/ns/{kind}", returnFinalTarget: false)!.Name);

        var mounts = await File.ReadAllTextAsync(process + "/mountinfo", Cancellation);
        Assert.DoesNotContain("disks", mounts, StringComparison.Ordinal);
        Assert.DoesNotContain("workloads", mounts, StringComparison.Ordinal);
        Assert.Equal(["/", "/proc", "/dev", "/dev/null"], mounts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[4]));
        Assert.False(Directory.Exists(process + "/root/etc"));
        Assert.Equal(["/dev", "/lib", "/lib64", "/proc", "/usr"], Directory.EnumerateFileSystemEntries(process + "/root").Select(path => path[(process + "/root").Length..]).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(process + "/root/proc/kcore"));
        Assert.False(File.Exists(process + "/root/proc/sys"));
        Assert.False(Directory.Exists(process + "/root/usr/share/doc"));

        // The descriptor is QEMU's alone now, and QEMU holds its lock.
        Assert.True(launch.Disks[0].Layers[0].File.IsClosed);
        Assert.Contains("lock", await QemuIoAsync(disk), StringComparison.Ordinal);
        Assert.Contains("root-serial", await JailHost.TypeAsync(driver, uid, "cat /sys/block/vda/serial; echo done $((1+1))", "done 2", Cancellation), StringComparison.Ordinal);
        Assert.Contains("52:54:00:00:00:01", await JailHost.TypeAsync(driver, uid, "cat /sys/class/net/eth0/address; echo done $((1+2))", "done 3", Cancellation), StringComparison.Ordinal);

        await driver.KillAsync(uid, Cancellation);
        Assert.DoesNotContain("lock", await QemuIoAsync(disk), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_machine_has_a_host_id_of_its_own_and_a_deleted_one_gives_it_back()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        string[] uids = [JailHost.NewUid(), JailHost.NewUid()];
        var states = await Task.WhenAll(uids.Select(async uid => await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation), Cancellation)));
        Assert.Equal([host.Settings.FirstUid, host.Settings.FirstUid + 1], states.Select(state => state.HostUid!.Value).Order());

        await driver.DeleteAsync(uids[0], Cancellation);
        var next = await driver.StartAsync(await MicroGuest.LaunchAsync(JailHost.NewUid(), Cancellation), Cancellation);
        Assert.Equal(states[0].HostUid, next.HostUid);
    }

    [Fact]
    public async Task A_root_is_published_once_and_collected_when_nothing_uses_it()
    {
        await using var host = new JailHost();
        var first = await host.Jails.PublishAsync(Cancellation);
        var made = Directory.GetCreationTimeUtc(first.Path);
        var again = await host.Jails.PublishAsync(Cancellation);
        Assert.Equal(first, again);
        Assert.Equal(made, Directory.GetCreationTimeUtc(again.Path));
        Directory.CreateDirectory(Path.Combine(host.Settings.JailsFolder, "half-built.new"));

        await host.Jails.CollectAsync(new HashSet<string>(StringComparer.Ordinal) { first.Digest }, Cancellation);
        Assert.Equal([first.Digest], Directory.EnumerateDirectories(host.Settings.JailsFolder).Select(Path.GetFileName));
        await host.Jails.CollectAsync(new HashSet<string>(StringComparer.Ordinal), Cancellation);
        Assert.Empty(Directory.EnumerateDirectories(host.Settings.JailsFolder));
    }

    [Fact]
    public async Task The_accelerator_is_chosen_by_booting_something_and_the_answer_is_kept()
    {
        await using var host = new JailHost();
        await MicroGuest.BuildAsync(Cancellation);
        var driver = host.NewDriver();
        var probe = new AcceleratorProbe(host.Settings, host.Jails, driver, MicroGuest.Image, TimeProvider.System);

        var choice = await probe.ChooseAsync(Cancellation);
        Assert.NotEmpty(choice.Reason);
        Assert.Empty(await driver.ListAsync(Cancellation));
        if (choice.Accelerator == Accelerator.Kvm)
        {
            var uid = JailHost.NewUid();
            await driver.StartAsync(await MicroGuest.LaunchAsync(uid, Cancellation) with { Accelerator = Accelerator.Kvm }, Cancellation);
            await JailHost.FirstLineAsync(driver, uid, Cancellation);
        }

        var other = new AcceleratorProbe(host.Settings, host.Jails, driver, MicroImage.In("/nowhere"), TimeProvider.System);
        Assert.Equal(Accelerator.Tcg, (await other.ChooseAsync(Cancellation)).Accelerator);
        Assert.Equal(choice, await probe.ChooseAsync(Cancellation));
    }

    private static async Task<string> QemuIoAsync(string image)
    {
        using var process = Process.Start(new ProcessStartInfo("qemu-io", ["-f", "raw", "-c", "write 0 512", image]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return errors;
    }
}

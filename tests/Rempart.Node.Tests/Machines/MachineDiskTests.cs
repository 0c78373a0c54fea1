using System.Diagnostics;
using Rempart.Node.Machines;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Machines;

[Trait("level", "real")]
public sealed class MachineDiskTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_reads_its_base_writes_itself_and_keeps_what_was_written()
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var bottom = Path.Combine(host.Settings.DataFolder, "base.img");
        var clone = Path.Combine(host.Settings.DataFolder, "clone.qcow2");
        await using (var file = File.Create(bottom))
        {
            file.SetLength(4 << 20);
            await file.WriteAsync("from the base\n"u8.ToArray(), Cancellation);
        }
        // The name written in the clone leads nowhere: the chain is the launch's.
        await RunAsync("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", clone, "4M");
        var before = await File.ReadAllBytesAsync(bottom, Cancellation);

        await driver.StartAsync(await LaunchAsync(), Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);
        Assert.Contains("from the base", await TypeAsync(driver, uid, "head -n 1 /dev/vda; echo done $((1+1))", "done 2", Cancellation), StringComparison.Ordinal);
        await TypeAsync(driver, uid, "echo from the guest > /dev/vda; sync; poweroff -f", "Power down", Cancellation);
        await StoppedAsync(driver, uid, Cancellation);
        Assert.Equal(before, await File.ReadAllBytesAsync(bottom, Cancellation));

        await driver.StartAsync(await LaunchAsync(), Cancellation);
        await EventuallyAsync(() => driver.InspectAsync(uid, Cancellation), state => state.GuestReady, Cancellation);
        Assert.Contains("from the guest", await TypeAsync(driver, uid, "head -n 1 /dev/vda; echo done $((2+2))", "done 4", Cancellation), StringComparison.Ordinal);

        async Task<MachineLaunch> LaunchAsync() => await MicroGuest.LaunchAsync(uid, Cancellation) with
        {
            Disks =
            [
                new MachineDisk("root", "root", [
                    new DiskLayer(File.OpenHandle(clone, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), DiskFormat.Qcow2, ReadOnly: false),
                    new DiskLayer(File.OpenHandle(bottom, share: FileShare.ReadWrite), DiskFormat.Raw, ReadOnly: true),
                ]),
            ],
        };
    }

    [Theory]
    [InlineData("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd", false)]
    [InlineData("OVMF_CODE_4M.ms.fd", "OVMF_VARS_4M.ms.fd", true)]
    public async Task Firmware_comes_by_descriptors_and_looks_for_a_disk_to_boot(string code, string variables, bool secureBoot)
    {
        await using var host = new JailHost();
        var driver = host.NewDriver();
        var uid = NewUid();
        var own = Path.Combine(host.Settings.DataFolder, "variables.fd");
        File.Copy(Path.Combine("/usr/share/OVMF", variables), own);
        var launch = new MachineLaunch
        {
            Uid = uid,
            Name = "test/uefi",
            MemoryBytes = 256 << 20,
            Vcpus = 1,
            Boot = new MachineBoot.Uefi(File.OpenHandle(Path.Combine("/usr/share/OVMF", code)), File.OpenHandle(own, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), secureBoot),
        };
        await driver.StartAsync(launch, Cancellation);
        await EventuallyAsync(() => LogAsync(driver, uid, Cancellation), log => log.Contains("BdsDxe", StringComparison.Ordinal), Cancellation);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
    }
}

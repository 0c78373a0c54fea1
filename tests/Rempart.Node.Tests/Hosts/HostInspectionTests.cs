using Rempart.Api.Infra;
using Rempart.Node.Hosts;

namespace Rempart.Node.Tests.Hosts;

public sealed class HostInspectionTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("host-inspection-").FullName;

    [Fact]
    public void Processors_that_differ_can_do_what_all_of_them_can()
    {
        var cpu = ProcessorFacts.Parse(
            "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon: Gold\nphysical id\t: 0\ncore id\t\t: 0\nflags\t\t: fpu sse2 avx avx2\n\n"
            + "processor\t: 1\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon: Gold\nphysical id\t: 0\ncore id\t\t: 0\nflags\t\t: fpu sse2 avx\n\n"
            + "processor\t: 2\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon: Gold\nphysical id\t: 1\ncore id\t\t: 0\nflags\t\t: fpu sse2 avx avx2\n\n");
        Assert.Equal(("GenuineIntel", "Xeon: Gold", 2, 2, 3), (cpu.Vendor, cpu.Model, cpu.Sockets, cpu.Cores, cpu.Threads));
        Assert.Equal(["fpu", "sse2", "avx"], cpu.Flags!);
        Assert.Null(ProcessorFacts.Parse("").Flags);
        // No more than the API takes.
        Assert.Equal(HostCpu.MostFlags, ProcessorFacts.Parse("processor : 0\nflags : " + string.Join(' ', Enumerable.Range(0, HostCpu.MostFlags + 1).Select(i => $"f{i}"))).Flags!.Count);
    }

    [Fact]
    public void A_host_without_numa_disks_or_devices_says_nothing_of_them()
    {
        var empty = new HostInspection(_root);
        Assert.Null(empty.Memory());
        Assert.Equal((0, 0, 0), (empty.NumaNodes().Count, empty.NetworkDevices().Count, empty.Disks().Count));
    }

    [Fact]
    public void Hardware_is_told_and_what_software_made_is_not()
    {
        Write("proc/meminfo", "MemTotal:        2048 kB\nMemFree: 5 kB");
        Write("sys/devices/system/node/node0/cpulist", "0-1\n");
        Write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       1024 kB\nNode 0 MemFree:  1 kB\n");
        Write("sys/devices/system/node/node10/cpulist", "\n");
        Write("sys/devices/system/node/power/control", "auto\n");
        foreach (var (name, value) in new[] { ("address", "52:54:00:00:00:01"), ("mtu", "1500"), ("speed", "-1"), ("carrier", "1"), ("device/uevent", "") }) Write($"sys/class/net/eth0/{name}", value + "\n");
        Write("sys/class/net/br0/address", "52:54:00:00:00:02\n");
        foreach (var (name, value) in new[] { ("size", "4"), ("queue/rotational", "0"), ("device/model", "Fast One  ") }) Write($"sys/block/nvme0n1/{name}", value + "\n");
        Write("sys/block/loop0/size", "0\n");

        var host = new HostInspection(_root);
        Assert.Equal(2048 * 1024, host.Memory()!.Value.Value);
        Assert.Equal([(0, "0-1"), (10, "")], host.NumaNodes().Select(node => (node.Id, node.Cpus!)));
        Assert.Equal(1024 * 1024, host.NumaNodes()[0].Memory!.Value.Value);
        var nic = Assert.Single(host.NetworkDevices());
        Assert.Equal(("eth0", "52:54:00:00:00:01", 1500, null, true), (nic.Name, nic.Mac!, nic.Mtu!.Value, nic.SpeedMbps, nic.Up!.Value));
        var disk = Assert.Single(host.Disks());
        Assert.Equal(("nvme0n1", "Fast One", 2048, false), (disk.Name, disk.Model, disk.Size!.Value.Value, disk.Rotational!.Value));
    }

    [Fact]
    public async Task This_host_is_told_with_its_versions()
    {
        var cpu = new HostInspection().Cpu();
        Assert.Equal((await File.ReadAllLinesAsync("/proc/cpuinfo", TestContext.Current.CancellationToken)).Count(line => line.StartsWith("processor", StringComparison.Ordinal)), cpu.Threads);
        Assert.Contains("fpu", cpu.Flags!);
        Assert.Equal("7.2.22", ProgramVersions.Parse("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright (c) 2003-2022 Fabrice Bellard"));
        var versions = await new ProgramVersions("/nonexistent/qemu", "1.2.3", "6.1", TimeProvider.System).ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("1.2.3", "6.1", null), (versions.Agent, versions.Kernel, versions.Qemu));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}

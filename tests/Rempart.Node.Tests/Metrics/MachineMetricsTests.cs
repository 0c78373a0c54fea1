using System.Globalization;
using Rempart.Metrics;
using Rempart.Node.Machines;
using Rempart.Node.Metrics;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Metrics;

public sealed class MachineMetricsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("metrics-");

    [Fact]
    public void Machines_are_told_of_until_they_are_gone()
    {
        var settings = new WorkloadSettings { Instance = "m" + Guid.NewGuid().ToString("N")[..8], DataFolder = _folder.FullName, FirstUid = 1_000_000 };
        var store = new MachineStore(settings);
        var uid = Guid.NewGuid().ToString();
        store.Folder(uid).Prepare();
        store.Write(new MachineRecord { Uid = uid, Name = "web/first", HostUid = 1_000_000, BootId = "b", JailDigest = "d", Starts = 3, Pid = Environment.ProcessId });
        using var metrics = new MachineMetrics(settings);
        using var collector = new MetricsCollector(MachineMetrics.Meter);
        var labels = $"{{namespace=\"web\",name=\"first\",uid=\"{uid}\"}}";
        Assert.Contains($"rempart_machine_starts_total{labels} 3\n", collector.Text(), StringComparison.Ordinal);
        Assert.Contains($"rempart_machine_running{labels} 1\n", collector.Text(), StringComparison.Ordinal);
        Assert.Contains($"rempart_machine_disk_written_bytes_total{labels} ", collector.Text(), StringComparison.Ordinal);
        Directory.Delete(store.Folder(uid).Path, recursive: true);
        Assert.DoesNotContain("first", collector.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Use_is_read_from_either_layout_of_cgroups(bool unified)
    {
        var record = new MachineRecord { Uid = Guid.NewGuid().ToString(), Name = "web/first", HostUid = 1, BootId = "b", JailDigest = "d" };
        void Put(string controller, string file, string text) =>
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.FullName, controller, "parent", record.Uid)).FullName, file), text);
        if (unified)
        {
            Put("", "cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
            Put("", "memory.current", "4096\n");
        }
        else
        {
            Put("cpuacct", "cpuacct.usage", "2500000000\n");
            Put("memory", "memory.usage_in_bytes", "4096\n");
        }
        var usage = new MachineUsage(new Cgroups(_folder.FullName, unified), "/parent");
        Assert.Equal(2.5, usage.CpuSeconds(record));
        Assert.Equal(4096, usage.MemoryBytes(record));
        Assert.Null(usage.CpuSeconds(record with { Uid = Guid.NewGuid().ToString() }));
        Assert.Null(MachineUsage.DiskBytes(record, "read_bytes: "));
        var own = MachineUsage.DiskBytes(record with { Pid = Environment.ProcessId }, "write_bytes: ");
        Assert.Contains($"write_bytes: {own!.Value.ToString(CultureInfo.InvariantCulture)[..1]}", File.ReadAllText("/proc/self/io"), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

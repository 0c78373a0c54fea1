using System.Globalization;
using Rempart.Telemetry.Metrics;
using Rempart.Node.Agent;
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
        using var metrics = new MachineMetrics(settings, null, null);
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

    [Fact]
    public void Traffic_is_read_from_what_the_kernel_writes()
    {
        var counters = InterfaceCounters.Parse("""
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
            t1234567: 1234 12 0 3 0 0 0 0 98765 87 0 6 0 0 0 0
            broken: 1 2 three
            """);
        Assert.Equal(new InterfaceCounters(1234, 12, 3, 98765, 87, 6), counters["t1234567"]);
        Assert.Equal(["lo", "t1234567"], counters.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_machine_s_traffic_is_that_of_its_taps_in_the_namespace()
    {
        var notes = new MachineNotesFolder(Path.Combine(_folder.FullName, "notes"));
        var (uid, port) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        notes.Write(uid, new MachineNotes { Ports = [port] });
        // Nothing of it is in this test's own namespace, and a namespace that is not there has nothing either.
        Assert.Empty(new MachineTraffic("/proc/self/ns/net", notes, TimeProvider.System).Of(uid));
        Assert.Empty(new MachineTraffic("/run/netns/rempart-none", notes, TimeProvider.System).Of(uid));
    }

    [Theory]
    [InlineData("""[{"qdev":"/machine/peripheral/disk-disk0/virtio-backend","stats":{"rd_bytes":4096,"wr_bytes":512,"rd_operations":2,"wr_operations":1,"flush_operations":3}},{"device":"","node-name":"file","stats":{}}]""", "disk0 4096 512 2 1 3")]
    [InlineData("""[{"qdev":"/machine/peripheral/disk-a\"} evil","stats":{"rd_bytes":1}},{"qdev":"/machine/peripheral/disk-x/virtio-backend","stats":{"rd_bytes":-5,"wr_bytes":"many"}},{"qdev":"/machine/peripheral/disk-x/virtio-backend","stats":{"rd_bytes":7}}]""", "x 0 0 0 0 0")]
    [InlineData("""{"surprise":true}""", "")]
    [InlineData("""[1,null,{"qdev":7},{"qdev":"/machine/peripheral/disk-x"}]""", "")]
    public void Disks_are_read_from_what_qemu_answers_and_a_taken_over_one_tells_nothing_wild(string answer, string expected)
    {
        using var json = System.Text.Json.JsonDocument.Parse(answer);
        Assert.Equal(expected, string.Join(';', DiskCounters.Parse(json.RootElement).Select(disk => string.Create(CultureInfo.InvariantCulture, $"{disk.Disk} {disk.ReadBytes} {disk.WrittenBytes} {disk.Reads} {disk.Writes} {disk.Flushes}"))));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

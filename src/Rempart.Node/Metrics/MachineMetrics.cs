using System.Diagnostics.Metrics;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Metrics;

/// <summary>What each machine of this host uses, read from its cgroup and its process when somebody asks.</summary>
internal sealed class MachineMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Rempart.Node";

    private readonly Meter _meter = new(Meter);
    private readonly MachineStore _store;
    private readonly MachineUsage _usage;

    /// <param name="settings">Where the machines are.</param>
    /// <param name="traffic">Counters of their interfaces.</param>
    /// <param name="disks">Counters of their disks.</param>
    public MachineMetrics(WorkloadSettings settings, MachineTraffic? traffic, MachineDisks? disks)
    {
        (_store, _usage) = (new MachineStore(settings), new MachineUsage(Cgroups.Detect(), settings.CgroupParent));
        _meter.CreateObservableGauge("rempart_machine_running", () => Each(record => record.Pid is null ? 0 : 1), description: "Whether the machine has a process here: 1 or 0.");
        _meter.CreateObservableCounter("rempart_machine_cpu_seconds_total", () => Each(_usage.CpuSeconds), description: "Processor time of the machine and its hypervisor in seconds.");
        _meter.CreateObservableGauge("rempart_machine_memory_bytes", () => Each(_usage.MemoryBytes), description: "Memory of the host that the machine and its hypervisor use, in bytes.");
        _meter.CreateObservableCounter("rempart_machine_disk_read_bytes_total", () => Each(record => MachineUsage.DiskBytes(record, "read_bytes: ")), description: "Bytes that the machine caused to be read from the host's disks since it was started.");
        _meter.CreateObservableCounter("rempart_machine_disk_written_bytes_total", () => Each(record => MachineUsage.DiskBytes(record, "write_bytes: ")), description: "Bytes that the machine caused to be written to the host's disks since it was started.");
        _meter.CreateObservableCounter("rempart_machine_starts_total", () => Each(record => record.Starts), description: "How often the machine was started on this host.");
        if (traffic is not null) Follow(traffic);
        if (disks is not null) Follow(disks);
    }

    public void Dispose() => _meter.Dispose();

    // From the guest's side: what its tap received, the guest has sent.
    private void Follow(MachineTraffic traffic)
    {
        Add("rempart_machine_network_transmit_bytes_total", "Bytes that the guest has sent, by interface.", counters => counters.ReceivedBytes);
        Add("rempart_machine_network_transmit_packets_total", "Packets that the guest has sent.", counters => counters.ReceivedPackets);
        Add("rempart_machine_network_transmit_drops_total", "Packets of the guest that were dropped on their way out.", counters => counters.ReceivedDrops);
        Add("rempart_machine_network_receive_bytes_total", "Bytes that were given to the guest, by interface.", counters => counters.SentBytes);
        Add("rempart_machine_network_receive_packets_total", "Packets that were given to the guest.", counters => counters.SentPackets);
        Add("rempart_machine_network_receive_drops_total", "Packets for the guest that were dropped, such as those that it did not fetch.", counters => counters.SentDrops);

        void Add(string name, string description, Func<InterfaceCounters, double> read) => _meter.CreateObservableCounter(name, () => Records().SelectMany(record => traffic.Of(record.Uid)
            .Select(nic => Of(record, read(nic.Counters), new KeyValuePair<string, object?>("interface", nic.Interface)))), description: description);
    }

    private void Follow(MachineDisks disks)
    {
        Add("rempart_machine_drive_read_bytes_total", "Bytes that the guest has read from a disk of its own since it was started.", disk => disk.ReadBytes);
        Add("rempart_machine_drive_written_bytes_total", "Bytes that the guest has written.", disk => disk.WrittenBytes);
        Add("rempart_machine_drive_reads_total", "Requests of the guest to read.", disk => disk.Reads);
        Add("rempart_machine_drive_writes_total", "Requests of the guest to write.", disk => disk.Writes);
        Add("rempart_machine_drive_flushes_total", "Requests of the guest to make durable what it wrote.", disk => disk.Flushes);

        void Add(string name, string description, Func<DiskCounters, double> read) => _meter.CreateObservableCounter(name, () => Records().SelectMany(record => disks.Of(record.Uid)
            .Select(disk => Of(record, read(disk), new KeyValuePair<string, object?>("disk", disk.Disk)))), description: description);
    }

    private IEnumerable<Measurement<double>> Each(Func<MachineRecord, double?> read) => Records().Select(record => (record, Value: read(record))).Where(pair => pair.Value is not null).Select(pair => Of(pair.record, pair.Value!.Value));

    private IEnumerable<MachineRecord> Records() => _store.List().Select(TryRead).OfType<MachineRecord>();

    private static Measurement<double> Of(MachineRecord record, double value, params ReadOnlySpan<KeyValuePair<string, object?>> more)
    {
        var slash = record.Name.IndexOf('/', StringComparison.Ordinal);
        return new Measurement<double>(value, [new("namespace", record.Name[..Math.Max(slash, 0)]), new("name", record.Name[(slash + 1)..]), new("uid", record.Uid), .. more]);
    }

    private MachineRecord? TryRead(string uid)
    {
        try
        {
            return _store.Read(uid);
        }
        catch (Exception gone) when (gone is WorkloadException or IOException)
        {
            // The reconciler reports records that can't be read; a machine being deleted is no fault.
            return null;
        }
    }
}

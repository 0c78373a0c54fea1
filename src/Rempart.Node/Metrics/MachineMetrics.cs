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

    public MachineMetrics(WorkloadSettings settings)
    {
        (_store, _usage) = (new MachineStore(settings), new MachineUsage(Cgroups.Detect(), settings.CgroupParent));
        _meter.CreateObservableGauge("rempart_machine_running", () => Each(record => record.Pid is null ? 0 : 1), description: "Whether the machine has a process here: 1 or 0.");
        _meter.CreateObservableCounter("rempart_machine_cpu_seconds_total", () => Each(_usage.CpuSeconds), description: "Processor time of the machine and its hypervisor in seconds.");
        _meter.CreateObservableGauge("rempart_machine_memory_bytes", () => Each(_usage.MemoryBytes), description: "Memory of the host that the machine and its hypervisor use, in bytes.");
        _meter.CreateObservableCounter("rempart_machine_disk_read_bytes_total", () => Each(record => MachineUsage.DiskBytes(record, "read_bytes: ")), description: "Bytes that the machine caused to be read from the host's disks since it was started.");
        _meter.CreateObservableCounter("rempart_machine_disk_written_bytes_total", () => Each(record => MachineUsage.DiskBytes(record, "write_bytes: ")), description: "Bytes that the machine caused to be written to the host's disks since it was started.");
        _meter.CreateObservableCounter("rempart_machine_starts_total", () => Each(record => record.Starts), description: "How often the machine was started on this host.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<double>> Each(Func<MachineRecord, double?> read)
    {
        foreach (var uid in _store.List())
        {
            if (TryRead(uid) is not { } record || read(record) is not { } value) continue;
            var slash = record.Name.IndexOf('/', StringComparison.Ordinal);
            yield return new Measurement<double>(value, new("namespace", record.Name[..Math.Max(slash, 0)]), new("name", record.Name[(slash + 1)..]), new("uid", record.Uid));
        }
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

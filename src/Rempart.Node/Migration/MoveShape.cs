using Rempart.Api.Compute;
using Rempart.Node.Machines;

namespace Rempart.Node.Migration;

/// <summary>What the engine knows, in the words of the API and back; pure.</summary>
internal static class MoveShape
{
    private const int MostDevices = 32;
    private const int LongestDevice = 100;

    internal static MigrationMachine Of(MachineShape shape) => new()
    {
        Board = shape.MachineType,
        Accelerator = shape.Accelerator == Accelerator.Kvm ? "kvm" : "tcg",
        MemoryKibibytes = shape.MemoryKiB,
        Cpus = shape.Vcpus,
        Slots = shape.Ports,
        Devices = shape.Devices,
    };

    /// <exception cref="MoveException">the other host says what no machine is.</exception>
    internal static MachineShape Of(MigrationMachine machine)
    {
        if (machine.Accelerator is not ("kvm" or "tcg")) throw new MoveException($"the source's accelerator is `{machine.Accelerator}`, which this host does not know");
        if (machine.Devices.Count > MostDevices || machine.Devices.Any(device => device.Length > LongestDevice)) throw new MoveException("the source tells more of its devices than a machine has");
        var shape = new MachineShape
        {
            MachineType = machine.Board,
            Accelerator = machine.Accelerator == "kvm" ? Accelerator.Kvm : Accelerator.Tcg,
            MemoryKiB = machine.MemoryKibibytes,
            Vcpus = machine.Cpus,
            Devices = machine.Devices,
        };
        return machine.Slots is { } slots ? shape with { Ports = slots } : shape;
    }

    internal static MigrationProgress Progress(SourceView view)
    {
        var memory = view.Memory;
        var rate = memory.PerSecond - memory.DirtyPerSecond;
        return new()
        {
            TotalBytes = memory.Total,
            TransferredBytes = memory.Transferred,
            RemainingBytes = memory.Remaining,
            DirtyBytesPerSecond = memory.DirtyPerSecond,
            BytesPerSecond = memory.PerSecond,
            EstimatedSecondsLeft = rate > 0 ? Math.Min(memory.Remaining / rate, int.MaxValue) : null,
            Iteration = memory.Iteration,
            Disks = view.Jobs.Count == 0 ? null : new()
            {
                TotalBytes = view.Jobs.Sum(job => job.Total),
                TransferredBytes = view.Jobs.Sum(job => job.Done),
                RemainingBytes = Math.Max(0, view.Jobs.Sum(job => job.Total - job.Done)),
            },
        };
    }
}

namespace Rempart.Node.Machines;

/// <summary>
/// A machine before it runs: its shape and the open descriptors of everything it may touch. Whoever starts it opens them
/// anew each time (a descriptor handed to QEMU is never kept here, else QEMU's file lock would outlive QEMU).
/// </summary>
internal sealed record MachineLaunch : IDisposable
{
    /// <summary>Uid of the API object; the key of everything on this host. A lower-case UUID.</summary>
    public required string Uid { get; init; }

    /// <summary>For process names and logs: `namespace/name`.</summary>
    public required string Name { get; init; }

    /// <summary>Guest memory in bytes, a multiple of 1 MiB, at least 64 MiB.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>1 to 64.</summary>
    public required int Vcpus { get; init; }

    public required MachineBoot Boot { get; init; }

    /// <summary>From <see cref="AcceleratorProbe"/>.</summary>
    public Accelerator Accelerator { get; init; } = Accelerator.Tcg;

    /// <summary>The guest that is to come from another host; null for one that boots here.</summary>
    public MachineShape? Arriving { get; init; }

    /// <summary>When an arriving guest began its run, if that is known.</summary>
    public DateTimeOffset? RunsSince { get; init; }

    /// <summary>At most 10, in the guest's order; the first boots under firmware. The NoCloud seed is one more read-only raw disk.</summary>
    public IReadOnlyList<MachineDisk> Disks { get; init; } = [];

    /// <summary>At most 8, in the guest's order.</summary>
    public IReadOnlyList<MachineNic> Nics { get; init; } = [];

    /// <summary>What nobody else may have until the machine runs or has failed to: the turns of its volumes.</summary>
    public IReadOnlyCollection<IDisposable> Held { get; init; } = [];

    /// <summary>Largest file, in bytes, that any of its disks may become.</summary>
    internal long MostFileBytes => Disks.SelectMany(disk => disk.Layers).Where(layer => !layer.ReadOnly).Select(layer => layer.MostBytes).DefaultIfEmpty(0).Max();

    public void Dispose()
    {
        Boot.Dispose();
        foreach (var layer in Disks.SelectMany(disk => disk.Layers)) layer.File.Dispose();
        foreach (var nic in Nics) nic.Tap.Dispose();
        foreach (var held in Held) held.Dispose();
    }
}

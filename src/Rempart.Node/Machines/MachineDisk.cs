namespace Rempart.Node.Machines;

/// <summary>A virtio-blk disk.</summary>
/// <param name="Name">node name in QEMU and device id, `[a-z][a-z0-9-]{0,19}`, unique in the machine.</param>
/// <param name="Serial">what the guest sees in /dev/disk/by-id, at most 20 characters.</param>
/// <param name="Layers">the active layer first, then its backing layers down to the base; each format is declared, never probed.</param>
internal sealed record MachineDisk(string Name, string Serial, IReadOnlyList<DiskLayer> Layers);

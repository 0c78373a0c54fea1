namespace Rempart.Node.Machines;

/// <summary>Format of a disk file; QEMU never probes it.</summary>
internal enum DiskFormat
{
    Raw,
    Qcow2,
}

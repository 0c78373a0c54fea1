using Rempart.Linux;
using Rempart.Node.Machines;

namespace Rempart.Node.Volumes;

/// <summary>
/// One pool of volumes. The rules every driver keeps, and the conformance suite checks: every member may be called again
/// after a crash at any point and finishes what the crash left half done; a volume that is listed is whole; an unknown uid
/// is absent, not an error to delete; calls may come side by side. A refusal is a <see cref="VolumeException"/>.
/// </summary>
internal interface IVolumeDriver
{
    /// <summary>All volumes of the pool, in no order.</summary>
    Task<IReadOnlyList<VolumeRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Null when it is not here.</summary>
    Task<VolumeRecord?> FindAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Makes the volume unless it is here already.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.Conflict"/>: it is here with another image or size.</exception>
    Task<VolumeRecord> EnsureAsync(VolumeRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Opens the volume for a machine: the active layer for writing first, then what lies below it, read-only. The caller
    /// owns the descriptors. Each call opens anew; two machines on one volume are kept apart by QEMU's lock on the active layer.
    /// </summary>
    Task<IReadOnlyList<DiskLayer>> OpenAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Removes the volume and its data; one that is not here is no error. A machine that has it open keeps its data until it closes it.</summary>
    Task DeleteAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Bytes that the volume's own data take, without the image below; about as much, while a machine writes to it. Null when it is not here.</summary>
    Task<long?> UsedAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Room of the pool.</summary>
    Task<FileSystemSpace> SpaceAsync(CancellationToken cancellationToken);
}

using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Volumes;

/// <summary>The images that this host holds. Rules: an image is complete and true to its digest or not there; it never changes; one that a clone needs can't be deleted.</summary>
internal interface IImageStore
{
    Task<IReadOnlyList<ImageRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Null when it is not here.</summary>
    Task<ImageRecord?> FindAsync(string digest, CancellationToken cancellationToken);

    /// <summary>
    /// Takes an image in from <paramref name="content"/>: bounded, checked against its digest, a disk converted in a jail.
    /// One that is here already is returned without reading anything.
    /// </summary>
    /// <exception cref="VolumeException">nothing is left of what was refused.</exception>
    Task<ImageRecord> IngestAsync(ImageRequest request, Stream content, CancellationToken cancellationToken);

    /// <summary>
    /// Takes an image in from a file on the pool's own file system, as <see cref="IngestAsync"/> does. The file is not changed and may be moved;
    /// what is there of it afterwards is the caller's.
    /// </summary>
    /// <exception cref="VolumeException">nothing but the file is left of what was refused.</exception>
    Task<ImageRecord> IngestFileAsync(ImageRequest request, string path, CancellationToken cancellationToken);

    /// <summary>The stored bytes, read-only, of mode 0444: a jail may open them again.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.NotFound"/>.</exception>
    Task<SafeFileHandle> OpenAsync(string digest, CancellationToken cancellationToken);

    /// <summary>Removes it; one that is not here is no error.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.InUse"/>: a volume is a clone of it.</exception>
    Task DeleteAsync(string digest, CancellationToken cancellationToken);
}

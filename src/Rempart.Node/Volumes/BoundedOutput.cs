using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Volumes;

/// <summary>A file for what a tool prints. The runtime carries a tool's standard output through a pipe of its own, so that the limit of files' sizes does not hold there: this one does.</summary>
/// <param name="file">to write to, from its beginning.</param>
/// <param name="most">longest that it may become, in bytes.</param>
/// <param name="pool">whose room is left to guests.</param>
internal sealed class BoundedOutput(SafeFileHandle file, long most, PoolFolder pool)
{
    private long written;

    /// <exception cref="VolumeException"><see cref="VolumeFault.TooLarge"/> or <see cref="VolumeFault.NoSpace"/>.</exception>
    internal async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (written + bytes.Length > most) throw new VolumeException(VolumeFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"it unfolds to more than the {most} bytes allowed for it"));
        pool.RequireRoom(bytes.Length);
        await RandomAccess.WriteAsync(file, bytes, written, cancellationToken);
        written += bytes.Length;
    }
}

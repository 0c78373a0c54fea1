using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Machines;

/// <summary>One file of a disk's chain.</summary>
/// <param name="File">opened by the caller; read-only exactly when <paramref name="ReadOnly"/>.</param>
/// <param name="Format">what the file is.</param>
/// <param name="ReadOnly">true for every backing layer and for seeds.</param>
internal sealed record DiskLayer(SafeFileHandle File, DiskFormat Format, bool ReadOnly)
{
    /// <summary>Bytes that the file may grow to, its format's own included; the machine's jail holds it to the largest of its disks.</summary>
    public long MostBytes { get; init; } = long.MaxValue;
}

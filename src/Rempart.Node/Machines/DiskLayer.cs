using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Machines;

/// <summary>One file of a disk's chain.</summary>
/// <param name="File">opened by the caller; read-only exactly when <paramref name="ReadOnly"/>.</param>
/// <param name="Format">what the file is.</param>
/// <param name="ReadOnly">true for every backing layer and for seeds.</param>
internal sealed record DiskLayer(SafeFileHandle File, DiskFormat Format, bool ReadOnly);

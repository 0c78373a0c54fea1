using System.Runtime.InteropServices;

namespace Rempart.Protocols.Qmp;

/// <summary>Sends bytes with open descriptors beside them (SCM_RIGHTS) on the connection's socket; the caller still owns its own copies.</summary>
public delegate Task QmpDescriptorSender(ReadOnlyMemory<byte> data, IReadOnlyList<SafeHandle> descriptors, CancellationToken cancellationToken);

namespace Rempart.Protocols.Oci;

/// <param name="Limit">bytes.</param>
/// <param name="Swap">bytes of memory and swap together; null leaves it unlimited.</param>
public sealed record OciMemory(long Limit, long? Swap = null);

namespace Rempart.Node.Migration;

/// <summary>A disk that goes from one pool of this host to another.</summary>
/// <param name="Uid">of its volume.</param>
/// <param name="Volume">name of its volume.</param>
/// <param name="Disk">its name in the machine's QEMU, such as `disk0`.</param>
/// <param name="From">the pool that it was in when the move began.</param>
/// <param name="To">the pool that it goes to.</param>
internal sealed record PoolDisk(string Uid, string Volume, string Disk, string From, string To);

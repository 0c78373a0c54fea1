using System.Buffers.Binary;

namespace Rempart.Node.Volumes;

/// <summary>
/// An empty qcow2 version 3 disk (QEMU's docs/interop/qcow2.txt): header, refcount table, one refcount block, L1 table. It
/// names no backing file: whoever opens a clone gives the backing node explicitly, so that nothing in the file, which the
/// guest's QEMU may rewrite, decides what is read. Written only, never parsed here.
/// </summary>
internal static class Qcow2Header
{
    private const int ClusterBits = 16;
    private const int Cluster = 1 << ClusterBits;

    // One L1 entry maps a cluster of L2 entries, 8192 × 64 KiB.
    private const long BytesPerL1Entry = (long)Cluster * (Cluster / 8);

    /// <summary>Largest disk, from the L1 entries that fit the refcounts written here: 64 TiB.</summary>
    internal const long MaxSize = 1L << 46;

    /// <summary>Bytes that the file of a disk of this size may take: L2 tables are 1/8192 of it, refcounts 1/32768, and tables are moved as they grow.</summary>
    internal static long LargestFile(long size) => size + (size / 1024) + (16L << 20);

    /// <summary>The first bytes of the file; the rest of it is not there yet.</summary>
    /// <param name="size">virtual size in bytes, a multiple of 512, up to <see cref="MaxSize"/>.</param>
    internal static byte[] Write(long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 512);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size % 512, 0, nameof(size));
        var entries = (int)((size + BytesPerL1Entry - 1) / BytesPerL1Entry);
        var tableClusters = ((entries * 8) + Cluster - 1) / Cluster;
        var clusters = 3 + tableClusters;
        var file = new byte[clusters * Cluster];

        "QFI"u8.CopyTo(file);
        file[3] = 0xfb;
        Word(file, 4, 3);
        Word(file, 20, ClusterBits);
        Long(file, 24, size);
        Word(file, 36, entries);
        Long(file, 40, 3L * Cluster);
        Long(file, 48, Cluster);
        Word(file, 56, 1);
        // Refcounts of 2^4 bits, and the length of this header.
        Word(file, 96, 4);
        Word(file, 100, 112);

        Long(file, Cluster, 2L * Cluster);
        for (var index = 0; index < clusters; index++) BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan((2 * Cluster) + (index * 2)), 1);
        return file;
    }

    private static void Word(byte[] file, int offset, int value) => BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(offset), value);

    private static void Long(byte[] file, int offset, long value) => BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(offset), value);
}

using System.Buffers.Binary;
using Rempart.Node.Tests.Volumes;

namespace Rempart.Node.Tests.Migration;

/// <summary>What the page checker wrote to a disk, read from the file when nobody has it open. With `sync: 1` each block is durable before its round is told.</summary>
internal static class PageBlocks
{
    private const int Page = 4096;
    private const int Blocks = 256;
    private const int Every = 16;

    /// <summary>Every block that the guest was told is durable is there.</summary>
    /// <param name="chain">of the disk, for `--image-opts`.</param>
    /// <param name="rounds">the last round that the guest told.</param>
    /// <param name="cancellationToken">gives up.</param>
    internal static async Task AssertKeptAsync(string chain, long rounds, CancellationToken cancellationToken)
    {
        var raw = Path.GetTempFileName();
        try
        {
            await Programs.OutputAsync("qemu-img", "convert", "-O", "raw", "--image-opts", chain, raw);
            var bytes = await File.ReadAllBytesAsync(raw, cancellationToken);
            var writes = rounds / Every;
            Assert.True(writes > 0, "the guest wrote nothing yet");
            for (var write = Math.Max(1, writes - Blocks + 2); write <= writes; write++)
            {
                var place = (write - 1) % Blocks;
                Assert.True(Has(bytes.AsSpan((int)place * Page, Page), (ulong)place, (ulong)((write * Every) + 1)), $"block {place}, written in round {write * Every} of {rounds}, is not there");
            }
        }
        finally
        {
            File.Delete(raw);
        }
    }

    // As images/pagecheck/pagecheck.c makes it.
    private static bool Has(ReadOnlySpan<byte> block, ulong place, ulong count)
    {
        for (var index = 0; index < Page / 8; index++)
        {
            var expected = (place << 40) ^ (count << 12) ^ (ulong)index ^ 0x5a00000000000000ul ^ unchecked(count * 0x9e3779b97f4a7c15ul);
            if (BinaryPrimitives.ReadUInt64LittleEndian(block[(index * 8)..]) != expected) return false;
        }
        return true;
    }
}

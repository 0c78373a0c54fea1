using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>What a guest wrote on its disk of one moment (images/pagecheck/pagecheck.c).</summary>
/// <param name="Life">drawn when the guest began: a copy has the same.</param>
/// <param name="Round">the guest's count.</param>
/// <param name="Clock">its processor's clock when it wrote: a copy that writes the same round has another.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DiaryEntry(ulong Life, ulong Round, ulong Clock)
{
    internal const int Size = 5 * sizeof(ulong);
    private const ulong Mark = 0x3159524149444350;

    /// <summary>Null when it is no entry, or one that is being written.</summary>
    internal static DiaryEntry? Read(ReadOnlySpan<byte> block)
    {
        ulong Word(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[(index * sizeof(ulong))..]);
        var entry = new DiaryEntry(Word(block, 1), Word(block, 2), Word(block, 3));
        return Word(block, 0) == Mark && Word(block, 4) == (Mark ^ entry.Life ^ entry.Round ^ entry.Clock) ? entry : null;
    }
}

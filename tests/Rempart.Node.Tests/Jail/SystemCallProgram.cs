using System.Buffers.Binary;

namespace Rempart.Node.Tests.Jail;

/// <summary>
/// A static x86_64 program, made here byte by byte so that no compiler is needed: it makes the system calls it was built with, one
/// after another, and writes each result (8 bytes, little-endian) to its standard output.
/// </summary>
internal static class SystemCallProgram
{
    /// <summary>An address that the calls may point to: the program's own first bytes.</summary>
    internal const ulong Somewhere = Base;

    private const ulong Base = 0x400000;
    private const int Header = 64 + 56;
    private const int EntrySize = 40;

    internal static byte[] Build(IReadOnlyList<ulong[]> calls)
    {
        byte[] code =
        [
            0x4C, 0x8D, 0x25, 0, 0, 0, 0, // lea r12, [rip + table]
            0x41, 0xBD, 0, 0, 0, 0, // mov r13d, count
            0x49, 0x8B, 0x04, 0x24, // next: mov rax, [r12]
            0x49, 0x8B, 0x7C, 0x24, 0x08, // mov rdi, [r12 + 8]
            0x49, 0x8B, 0x74, 0x24, 0x10, // mov rsi, [r12 + 16]
            0x49, 0x8B, 0x54, 0x24, 0x18, // mov rdx, [r12 + 24]
            0x4D, 0x8B, 0x54, 0x24, 0x20, // mov r10, [r12 + 32]
            0x45, 0x31, 0xC0, // xor r8d, r8d
            0x0F, 0x05, // syscall
            0x49, 0x89, 0x04, 0x24, // mov [r12], rax
            0xB8, 1, 0, 0, 0, // mov eax, write
            0xBF, 1, 0, 0, 0, // mov edi, 1
            0x4C, 0x89, 0xE6, // mov rsi, r12
            0xBA, 8, 0, 0, 0, // mov edx, 8
            0x0F, 0x05, // syscall
            0x49, 0x83, 0xC4, EntrySize, // add r12, 40
            0x41, 0xFF, 0xCD, // dec r13d
            0x75, 0, // jnz next
            0xB8, 231, 0, 0, 0, // mov eax, exit_group
            0x31, 0xFF, // xor edi, edi
            0x0F, 0x05, // syscall
        ];
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(3), code.Length - 7);
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(9), calls.Count);
        const int next = 13;
        var jump = code.Length - 9 - 1;
        code[jump] = unchecked((byte)(next - (jump + 1)));

        var size = Header + code.Length + (calls.Count * EntrySize);
        var program = new byte[size];
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(program, 0);
        var span = program.AsSpan();
        BinaryPrimitives.WriteUInt16LittleEndian(span[16..], 2); // executable
        BinaryPrimitives.WriteUInt16LittleEndian(span[18..], 62); // x86_64
        BinaryPrimitives.WriteUInt32LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(span[24..], Base + Header); // entry
        BinaryPrimitives.WriteUInt64LittleEndian(span[32..], 64); // program headers
        BinaryPrimitives.WriteUInt16LittleEndian(span[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(span[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(span[56..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(span[64..], 1); // load
        BinaryPrimitives.WriteUInt32LittleEndian(span[68..], 7); // read, write, execute
        BinaryPrimitives.WriteUInt64LittleEndian(span[80..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(span[88..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(span[96..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(span[104..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(span[112..], 0x1000);
        code.CopyTo(span[Header..]);
        for (var index = 0; index < calls.Count; index++)
        {
            for (var word = 0; word < calls[index].Length; word++)
                BinaryPrimitives.WriteUInt64LittleEndian(span[(Header + code.Length + (index * EntrySize) + (word * 8))..], calls[index][word]);
        }
        return program;
    }
}

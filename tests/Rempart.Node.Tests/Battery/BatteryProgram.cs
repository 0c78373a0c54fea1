using System.Buffers.Binary;
using System.Text;

namespace Rempart.Node.Tests.Battery;

/// <summary>
/// A static x86_64 program that makes system calls, one after another, from a table: what it tries is data, written in C#, and
/// no compiler is needed on the host. Of every labelled call it prints a line, its label and the raw result in 16 hexadecimal digits.
/// </summary>
internal sealed class BatteryProgram
{
    /// <summary>Not a system call: writes the 4 bytes at the second argument, as 8, to the first.</summary>
    internal const long Copy = -1;

    /// <summary>Not a system call: adds the second argument to the 8 bytes at the first; the sum is the result.</summary>
    internal const long Add = -2;

    private const ulong CodeAddress = 0x400000;
    private const ulong TableAddress = 0x1000_0000;
    private const ulong DataAddress = 0x2000_0000;
    private const int EntrySize = 112;
    private const int Headers = 64 + (3 * 56);
    private const int Page = 4096;
    private readonly List<BatteryCall> calls = [];
    private readonly List<byte> data = [];

    internal int Count => calls.Count;

    /// <summary>The address of the bytes in the running program; it may write there.</summary>
    internal ulong Bytes(params ReadOnlySpan<byte> bytes)
    {
        while (data.Count % 16 != 0) data.Add(0);
        var address = DataAddress + (ulong)data.Count;
        data.AddRange(bytes);
        return address;
    }

    internal ulong Text(string text) => Bytes([.. Encoding.UTF8.GetBytes(text), 0]);

    internal ulong Words(params ulong[] words)
    {
        var bytes = new byte[words.Length * 8];
        for (var index = 0; index < words.Length; index++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(index * 8), words[index]);
        return Bytes(bytes);
    }

    internal ulong Room(int size) => Bytes(new byte[size]);

    /// <summary>Where an argument of a call lies, to be written by <see cref="Copy"/>.</summary>
    internal static ulong ArgumentOf(int call, int argument) => TableAddress + ((ulong)call * EntrySize) + 8 + ((ulong)argument * 8);

    internal static ulong ResultOf(int call) => TableAddress + ((ulong)call * EntrySize) + 56;

    /// <summary>Appends a call and returns its place in the table.</summary>
    internal int Call(BatteryCall call)
    {
        calls.Add(call);
        return calls.Count - 1;
    }

    /// <summary>Says where a call that is there already goes on.</summary>
    internal void Jump(int call, int? onError = null, int? onSuccess = null) =>
        calls[call] = calls[call] with { OnError = onError ?? calls[call].OnError, OnSuccess = onSuccess ?? calls[call].OnSuccess };

    internal void TellSuccess(int call) => calls[call] = calls[call] with { TellSuccess = true };

    /// <summary>The program; it ends with code 0 after its last call.</summary>
    internal byte[] Build()
    {
        var exit = new BatteryCall(SystemCallNumbers.Of("exit_group"));
        var table = new byte[(calls.Count + 1) * EntrySize];
        for (var index = 0; index <= calls.Count; index++) Write(table.AsSpan(index * EntrySize, EntrySize), index == calls.Count ? exit : calls[index]);
        var tableOffset = Page;
        var dataOffset = Align(tableOffset + table.Length);
        var program = new byte[dataOffset + Math.Max(data.Count, 1)];
        var span = program.AsSpan();
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(program, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(span[16..], 2); // executable
        BinaryPrimitives.WriteUInt16LittleEndian(span[18..], 62); // x86_64
        BinaryPrimitives.WriteUInt32LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(span[24..], CodeAddress + Headers); // entry
        BinaryPrimitives.WriteUInt64LittleEndian(span[32..], 64); // program headers
        BinaryPrimitives.WriteUInt16LittleEndian(span[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(span[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(span[56..], 3);
        Segment(span[64..], flags: 5, 0, CodeAddress, Headers + BatteryCode.Machine.Length);
        Segment(span[120..], flags: 6, tableOffset, TableAddress, table.Length);
        Segment(span[176..], flags: 6, dataOffset, DataAddress, Math.Max(data.Count, 1));
        BatteryCode.Machine.CopyTo(span[Headers..]);
        table.CopyTo(span[tableOffset..]);
        data.ToArray().CopyTo(span[dataOffset..]);
        return program;
    }

    private static int Align(int offset) => (offset + Page - 1) / Page * Page;

    private static void Segment(Span<byte> header, uint flags, int offset, ulong address, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, 1); // load
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], Page);
    }

    private static void Write(Span<byte> entry, BatteryCall call)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, call.Number);
        for (var index = 0; index < call.Arguments.Count; index++) BinaryPrimitives.WriteUInt64LittleEndian(entry[(8 + (index * 8))..], call.Arguments[index]);
        if (call.OnError is { } error) BinaryPrimitives.WriteUInt64LittleEndian(entry[64..], TableAddress + ((ulong)error * EntrySize));
        if (call.OnSuccess is { } success) BinaryPrimitives.WriteUInt64LittleEndian(entry[72..], TableAddress + ((ulong)success * EntrySize));
        if (call.Label is not { } label) return;
        Encoding.ASCII.GetBytes(label.PadRight(8), entry[80..88]);
        entry[105] = call.TellSuccess ? (byte)1 : (byte)0;
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rempart.Linux;

/// <summary>
/// A filter in the kernel (SO_ATTACH_FILTER, socket(7)) on a TCP socket that listens: packets that don't pass reach nobody, whichever
/// process the socket is handed to; what it accepts inherits it.
/// </summary>
public static class SocketFilter
{
    /// <summary>Ports below it are root's to bind.</summary>
    public const int FirstOpenPort = 1024;

    private const int AttachFilter = 26;
    private const int LoadWord = 0x20;
    private const int LoadHalf = 0x28;
    private const int JumpEqual = 0x15;
    private const int JumpAtLeast = 0x35;
    private const int Return = 0x06;

    // Offsets from here on count from the network header (SKF_NET_OFF); others from the TCP header.
    private const uint Network = 0xFFF0_0000;
    private const int SourceV4 = 12;
    private const int SourceV6 = 8;

    /// <summary>Lets only packets of one address pass, and of it only those of root's processes (ports below 1024).</summary>
    public static void AllowOnly(Socket listener, IPAddress peer) => Attach(listener, Program(peer));

    /// <summary>Lets nothing pass any more.</summary>
    public static void AllowNothing(Socket socket) => Attach(socket, [new(Return, 0, 0, 0)]);

    private static List<Instruction> Program(IPAddress peer)
    {
        var words = peer.GetAddressBytes().Chunk(4).Select(bytes => BinaryPrimitives.ReadUInt32BigEndian(bytes)).ToList();
        var at = Network + (uint)(words.Count == 1 ? SourceV4 : SourceV6);
        List<Instruction> program = [];
        // Two instructions a word, two for the port, then the two ends.
        var refuse = (words.Count * 2) + 3;
        foreach (var word in words)
        {
            program.Add(new(LoadWord, 0, 0, at));
            program.Add(new(JumpEqual, 0, (byte)(refuse - program.Count - 1), word));
            at += 4;
        }
        program.Add(new(LoadHalf, 0, 0, 0));
        program.Add(new(JumpAtLeast, (byte)(refuse - program.Count - 1), 0, FirstOpenPort));
        program.Add(new(Return, 0, 0, uint.MaxValue));
        program.Add(new(Return, 0, 0, 0));
        return program;
    }

    private static unsafe void Attach(Socket socket, List<Instruction> program)
    {
        Span<byte> code = stackalloc byte[program.Count * 8];
        foreach (var (index, instruction) in program.Index())
        {
            var one = code[(index * 8)..];
            BinaryPrimitives.WriteUInt16LittleEndian(one, (ushort)instruction.Code);
            (one[2], one[3]) = (instruction.IfTrue, instruction.IfFalse);
            BinaryPrimitives.WriteUInt32LittleEndian(one[4..], instruction.Value);
        }
        fixed (byte* first = code)
        {
            // sock_fprog: a length, padding, a pointer.
            Span<byte> header = stackalloc byte[16];
            header.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)program.Count);
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], (nint)first);
            socket.SetRawSocketOption(1, AttachFilter, header);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Instruction(int Code, byte IfTrue, byte IfFalse, uint Value);
}

using System.Buffers.Binary;
using System.Text;

namespace Rempart.Protocols.Protobuf;

/// <summary>
/// Writes protobuf messages field by field. Fields with their default value are left out, as the format wants it.
/// </summary>
/// <param name="reserved">Bytes kept free in front, for a frame's header.</param>
/// <param name="capacity">How large the whole is likely to get.</param>
public sealed class ProtoWriter(int reserved, int capacity)
{
    private const int Varint = 0;
    private const int Bytes = 2;

    /// <summary>Bytes of the length of an inner message: written with leading continuation bits, so that nothing has to be moved once it is known.</summary>
    private const int LengthBytes = 4;

    private byte[] _buffer = new byte[reserved + Math.Max(capacity, 16)];
    private int _end = reserved;

    /// <summary>The reserved bytes and the message.</summary>
    public Memory<byte> Written => _buffer.AsMemory(0, _end);

    /// <summary>Writes a number, or an enum's or a truth value's.</summary>
    public void Number(int field, long value)
    {
        if (value != 0) Choice(field, value);
    }

    /// <summary>Writes a number that is one of a choice (oneof): there 0 says which was chosen, and is written too.</summary>
    public void Choice(int field, long value)
    {
        WriteVarint((ulong)((field << 3) | Varint));
        WriteVarint((ulong)value);
    }

    /// <summary>Writes a truth value.</summary>
    public void Flag(int field, bool value) => Number(field, value ? 1 : 0);

    /// <summary>Writes bytes.</summary>
    public void Data(int field, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        WriteVarint((ulong)((field << 3) | Bytes));
        WriteVarint((ulong)value.Length);
        Room(value.Length);
        value.CopyTo(_buffer.AsSpan(_end));
        _end += value.Length;
    }

    /// <summary>Writes text.</summary>
    public void Text(int field, string value) => Text(field, value, "");

    /// <summary>Writes two texts as one.</summary>
    public void Text(int field, string value, string more)
    {
        var length = Encoding.UTF8.GetByteCount(value) + Encoding.UTF8.GetByteCount(more);
        if (length == 0) return;
        WriteVarint((ulong)((field << 3) | Bytes));
        WriteVarint((ulong)length);
        Room(length);
        _end += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_end));
        _end += Encoding.UTF8.GetBytes(more, _buffer.AsSpan(_end));
    }

    /// <summary>Begins an inner message; give what it returns to <see cref="End"/>.</summary>
    public int Begin(int field)
    {
        WriteVarint((ulong)((field << 3) | Bytes));
        Room(LengthBytes);
        _end += LengthBytes;
        return _end;
    }

    /// <summary>Ends an inner message.</summary>
    public void End(int begin)
    {
        var length = (uint)(_end - begin);
        if (length >= 1 << (7 * LengthBytes)) throw new InvalidOperationException($"an inner message of {length} bytes can't be written");
        var spread = (length & 0x7F) | ((length & 0x3F80) << 1) | ((length & 0x1F_C000) << 2) | ((length & 0xFE0_0000) << 3);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(begin - LengthBytes), spread | 0x0080_8080);
    }

    private void WriteVarint(ulong value)
    {
        Room(10);
        for (; value >= 0x80; value >>= 7) _buffer[_end++] = (byte)(value | 0x80);
        _buffer[_end++] = (byte)value;
    }

    private void Room(int bytes)
    {
        if (_buffer.Length - _end < bytes) Array.Resize(ref _buffer, checked(Math.Max(_buffer.Length * 2, _end + bytes)));
    }
}

using System.Buffers;
using System.Text;

namespace Rempart.ApiServer.OpenApi;

/// <summary>Writes one protobuf message: texts, truth values and messages, which is all that an OpenAPI document holds.</summary>
internal sealed class ProtobufWriter
{
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _output = new();

    /// <summary>The message so far.</summary>
    public ReadOnlyMemory<byte> Bytes => _output.WrittenMemory;

    /// <summary>A text; nothing when there is none, which is what nothing means.</summary>
    public void Text(int field, string? text)
    {
        if (text is { Length: > 0 }) Delimited(field, Encoding.UTF8.GetBytes(text));
    }

    public void Flag(int field, bool value)
    {
        if (!value) return;
        Varint((uint)field << 3);
        Varint(1);
    }

    public void Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        Delimited(field, inner.Bytes.Span);
    }

    private void Delimited(int field, ReadOnlySpan<byte> bytes)
    {
        Varint(((uint)field << 3) | LengthDelimited);
        Varint((uint)bytes.Length);
        _output.Write(bytes);
    }

    private void Varint(uint value)
    {
        var span = _output.GetSpan(5);
        var length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _output.Advance(length);
    }
}

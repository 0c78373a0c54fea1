using System.Text;

namespace Rempart.Protocols.Protobuf;

/// <summary>
/// Reads one protobuf message field by field: <see cref="Next"/>, then the value if <see cref="Field"/> is of interest; what was not
/// read is skipped.
/// </summary>
/// <param name="message">The message, without a frame.</param>
public ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wire = -1;

    /// <summary>The number of the field that is next.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="ProtoFormatException">The bytes are no message.</exception>
    public bool Next()
    {
        Skip();
        if (_rest.IsEmpty) return false;
        var tag = Varint();
        (Field, _wire) = ((int)(tag >> 3), (int)(tag & 7));
        return tag >> 3 is > 0 and <= 0x1FFF_FFFF ? true : throw new ProtoFormatException($"a field has the number {tag >> 3}");
    }

    /// <summary>The field's number.</summary>
    public long Number()
    {
        Expect(0);
        return (long)Varint();
    }

    /// <summary>The field's truth value.</summary>
    public bool Flag() => Number() != 0;

    /// <summary>The field's bytes, or its inner message.</summary>
    public ReadOnlySpan<byte> Data()
    {
        Expect(2);
        return Take(Varint());
    }

    /// <summary>The field's text.</summary>
    public string Text() => Encoding.UTF8.GetString(Data());

    private void Expect(int wire)
    {
        if (_wire != wire) throw new ProtoFormatException($"field {Field} is of wire type {_wire} where {wire} is meant");
        _wire = -1;
    }

    private void Skip()
    {
        switch (_wire)
        {
            case -1: return;
            case 0: Varint(); break;
            case 1: Take(8); break;
            case 2: Take(Varint()); break;
            case 5: Take(4); break;
            default: throw new ProtoFormatException($"field {Field} has the unknown wire type {_wire}");
        }

        _wire = -1;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length) throw new ProtoFormatException($"field {Field} has {length} bytes and the message {_rest.Length}");
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw new ProtoFormatException("a number does not end");
    }
}

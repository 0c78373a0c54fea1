namespace Rempart.ApiServer.Http.Protobuf;

/// <summary>Reads the parts of a protobuf message; refuses whatever runs over its end.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>The next field's number and encoding (0 varint, 2 length-delimited).</summary>
    public (int Number, int Encoding) Tag()
    {
        var tag = Varint();
        return tag >> 3 is > 0 and < 1 << 29 ? ((int)(tag >> 3), (int)(tag & 7)) : throw new FormatException("a field number is out of range");
    }

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty) throw new FormatException("a number runs over the end");
            var part = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }

        throw new FormatException("a number has more than 64 bits");
    }

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Varint();
        if (length > (ulong)_rest.Length) throw new FormatException("a value runs over the end");
        var found = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return found;
    }
}

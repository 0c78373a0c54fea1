namespace Rempart.Protocols.Ovsdb;

/// <summary>
/// Cuts a byte stream into its JSON objects. OVSDB concatenates objects without any framing (RFC 7047 section 4), so the end
/// of one is found by counting brackets outside of strings. Each byte is looked at once; size and nesting are bounded.
/// </summary>
/// <param name="maxMessageBytes">a message of more bytes ends the connection.</param>
public sealed class OvsdbMessageSplitter(int maxMessageBytes)
{
    /// <summary>OVSDB's own messages nest about ten deep.</summary>
    public const int MaxDepth = 64;

    private const int FirstBuffer = 16 * 1024;
    private byte[] _buffer = new byte[Math.Min(FirstBuffer, maxMessageBytes)];
    private int _start; // first byte of the message being scanned
    private int _scanned;
    private int _end;
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>Where the caller puts the next bytes; then it says how many by <see cref="Advance"/>. Never empty.</summary>
    public Memory<byte> Free()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _scanned -= _start;
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= maxMessageBytes) throw new OvsdbProtocolException($"a message is larger than {maxMessageBytes} bytes");
            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, maxMessageBytes));
        }
        return _buffer.AsMemory(_end);
    }

    public void Advance(int count) => _end += count;

    /// <summary>The next whole object, valid until the next call of <see cref="Free"/>; false when more bytes are needed.</summary>
    /// <exception cref="OvsdbProtocolException">something else than an object, or nesting beyond <see cref="MaxDepth"/>.</exception>
    public bool TryNext(out ReadOnlyMemory<byte> message)
    {
        for (; _scanned < _end; _scanned++)
        {
            var b = _buffer[_scanned];
            if (_depth == 0)
            {
                if (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') continue;
                if (b != (byte)'{') throw new OvsdbProtocolException("a message does not begin with `{`");
                _start = _scanned;
                _depth = 1;
            }
            else if (_inString) ScanString(b);
            else if (b == (byte)'"') _inString = true;
            else if (b is (byte)'{' or (byte)'[')
            {
                if (++_depth > MaxDepth) throw new OvsdbProtocolException($"a message nests deeper than {MaxDepth}");
            }
            else if (b is (byte)'}' or (byte)']' && --_depth == 0)
            {
                _scanned++;
                message = _buffer.AsMemory(_start, _scanned - _start);
                _start = _scanned;
                return true;
            }
        }
        if (_depth == 0) _start = _scanned;
        message = default;
        return false;
    }

    private void ScanString(byte b)
    {
        if (_escaped) _escaped = false;
        else if (b == (byte)'\\') _escaped = true;
        else if (b == (byte)'"') _inString = false;
    }
}

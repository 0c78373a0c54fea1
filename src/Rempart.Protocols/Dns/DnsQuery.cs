using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Rempart.Protocols.Dns;

/// <summary>
/// A query of one question. Reading is strict, for it comes from anybody: no compression, one question, nothing but EDNS (and
/// records to be ignored) behind it, nothing after the end.
/// </summary>
public sealed record DnsQuery
{
    /// <summary>Bytes of the fixed part of every message.</summary>
    public const int HeaderBytes = 12;

    private const int MaxNameBytes = 255;
    private const int MaxLabelBytes = 63;
    private const int MaxAdditional = 4;
    private const ushort Response = 0x8000;
    private const ushort RecursionDesiredBit = 0x0100;
    private const ushort CheckingDisabledBit = 0x0010;

    public required ushort Id { get; init; }

    public required bool RecursionDesired { get; init; }

    public required bool CheckingDisabled { get; init; }

    /// <summary>The name, type and class as they were sent: an answer repeats them, letter case and all.</summary>
    public required ReadOnlyMemory<byte> Question { get; init; }

    /// <summary>
    /// The name in lower case with dots between labels and none at the end; bytes that no host name has are written `\DDD`, so that two
    /// different names are never the same text.
    /// </summary>
    public required string Name { get; init; }

    public required ushort Type { get; init; }

    public required ushort Class { get; init; }

    public DnsExtension? Extension { get; init; }

    /// <summary>Reads a message.</summary>
    /// <param name="message">What came.</param>
    /// <param name="query">The query; null unless the result is <see cref="DnsCode.NoError"/>.</param>
    /// <returns>what to answer instead; null when no answer may be given (too short, or itself an answer).</returns>
    public static DnsCode? Read(ReadOnlySpan<byte> message, out DnsQuery? query)
    {
        query = null;
        if (message.Length < HeaderBytes) return null;
        var flags = Word(message, 2);
        if ((flags & Response) != 0) return null;
        if ((flags & 0x7800) != 0) return DnsCode.NotImplemented;
        if (Word(message, 4) != 1 || Word(message, 6) != 0 || Word(message, 8) != 0 || Word(message, 10) > MaxAdditional) return DnsCode.FormatError;
        if (ReadName(message[HeaderBytes..], out var name) is not { } nameBytes || message.Length < HeaderBytes + nameBytes + 4) return DnsCode.FormatError;
        var end = HeaderBytes + nameBytes + 4;
        DnsExtension? extension = null;
        for (var i = 0; i < Word(message, 10); i++)
        {
            if (ReadAdditional(message[end..], ref extension) is not { } bytes) return DnsCode.FormatError;
            end += bytes;
        }
        if (end != message.Length) return DnsCode.FormatError;
        query = new DnsQuery
        {
            Id = Word(message, 0),
            RecursionDesired = (flags & RecursionDesiredBit) != 0,
            CheckingDisabled = (flags & CheckingDisabledBit) != 0,
            Question = message[HeaderBytes..(HeaderBytes + nameBytes + 4)].ToArray(),
            Name = name,
            Type = Word(message, HeaderBytes + nameBytes),
            Class = Word(message, HeaderBytes + nameBytes + 2),
            Extension = extension,
        };
        return DnsCode.NoError;
    }

    /// <summary>The query as one asks it of a recursive server: nothing of the original but what was asked and whether signatures are wanted.</summary>
    /// <param name="id">an unforeseeable number.</param>
    /// <param name="payload">bytes that can be taken over UDP; used when the original has EDNS.</param>
    public byte[] ToMessage(ushort id, ushort payload)
    {
        var message = new byte[HeaderBytes + Question.Length + (Extension is null ? 0 : DnsAnswer.ExtensionBytes)];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)(RecursionDesiredBit | (CheckingDisabled ? CheckingDisabledBit : 0)));
        message[5] = 1;
        Question.Span.CopyTo(message.AsSpan(HeaderBytes));
        if (Extension is { } extension)
        {
            message[11] = 1;
            DnsAnswer.WriteExtension(message.AsSpan(HeaderBytes + Question.Length), payload, 0, extension.DnssecOk);
        }
        return message;
    }

    /// <summary>Whether a message is the answer to <see cref="ToMessage"/> of the same number.</summary>
    public bool IsAnswer(ReadOnlySpan<byte> message, ushort id) => message.Length >= HeaderBytes + Question.Length && Word(message, 0) == id
        && (Word(message, 2) & Response) != 0 && Word(message, 4) == 1 && message.Slice(HeaderBytes, Question.Length).SequenceEqual(Question.Span);

    private static int? ReadAdditional(ReadOnlySpan<byte> record, ref DnsExtension? extension)
    {
        if (ReadName(record, out var owner) is not { } nameBytes || record.Length < nameBytes + 10) return null;
        var bytes = nameBytes + 10 + Word(record, nameBytes + 8);
        if (record.Length < bytes) return null;
        if (Word(record, nameBytes) != DnsType.Extension) return bytes;
        if (extension is not null || owner.Length != 0) return null;
        extension = new DnsExtension(record[nameBytes + 5], Word(record, nameBytes + 2), (record[nameBytes + 6] & 0x80) != 0);
        return bytes;
    }

    /// <returns>its length in bytes; null when it is no name, or has pointers.</returns>
    private static int? ReadName(ReadOnlySpan<byte> text, out string name)
    {
        var labels = new StringBuilder();
        name = "";
        for (var at = 0; at < text.Length && at < MaxNameBytes;)
        {
            int length = text[at++];
            if (length == 0)
            {
                name = labels.ToString();
                return at;
            }
            if (length > MaxLabelBytes || at + length > text.Length) return null;
            if (labels.Length > 0) labels.Append('.');
            foreach (var letter in text.Slice(at, length)) Append(labels, letter);
            at += length;
        }
        return null;
    }

    private static void Append(StringBuilder labels, byte letter)
    {
        var symbol = (char)letter;
        if (char.IsAsciiLetterOrDigit(symbol) || symbol is '-' or '_') labels.Append(char.ToLowerInvariant(symbol));
        else labels.Append(CultureInfo.InvariantCulture, $"\\{letter:D3}");
    }

    private static ushort Word(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
}

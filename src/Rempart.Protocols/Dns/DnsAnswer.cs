using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Rempart.Protocols.Dns;

/// <summary>Writes answers of a server that knows the names itself.</summary>
public sealed class DnsAnswer
{
    /// <summary>Bytes that any asker can take over UDP.</summary>
    public const int LeastPayload = 512;

    internal const int ExtensionBytes = 11;
    private const int Capacity = 4096;
    private const ushort Truncated = 0x0200;

    /// <summary>In place of a name: the question's.</summary>
    private const ushort QuestionName = 0xc000 | DnsQuery.HeaderBytes;

    private readonly byte[] _message = new byte[Capacity];
    private readonly DnsQuery _query;
    private readonly uint _seconds;
    private int _end;

    /// <param name="query">What was asked.</param>
    /// <param name="seconds">how long anybody may keep the answer.</param>
    public DnsAnswer([NotNull] DnsQuery query, uint seconds)
    {
        (_query, _seconds) = (query, seconds);
        query.Question.Span.CopyTo(_message.AsSpan(DnsQuery.HeaderBytes));
        _end = DnsQuery.HeaderBytes + query.Question.Length;
    }

    /// <summary>An address of the name that was asked for.</summary>
    public void AddAddress([NotNull] IPAddress address)
    {
        BeginRecord(QuestionName, DnsType.Address);
        EndRecord(address.GetAddressBytes());
        _message[7]++;
    }

    /// <summary>A name of the address that was asked for.</summary>
    /// <param name="name">labels with dots between them.</param>
    public void AddPointer(string name)
    {
        BeginRecord(QuestionName, DnsType.Pointer);
        EndRecord(Encode(name));
        _message[7]++;
    }

    /// <summary>Whose word it is that there is nothing, and for how long (RFC 2308).</summary>
    /// <param name="zone">a zone above the name.</param>
    public void AddAuthority(string zone)
    {
        var name = Encode(zone);
        name.CopyTo(_message, _end);
        _end += name.Length;
        BeginRecord(null, DnsType.StartOfAuthority);
        var numbers = new byte[20];
        foreach (var (i, value) in new uint[] { 1, 3600, 600, 86400, _seconds }.Index()) BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(4 * i), value);
        EndRecord([.. Encode($"names.{zone}"), .. Encode($"hostmaster.{zone}"), .. numbers]);
        _message[9]++;
    }

    /// <summary>The answer.</summary>
    /// <param name="code">how the query ended.</param>
    /// <param name="payload">bytes that this server can take over UDP.</param>
    /// <param name="limit">bytes that the asker can take: without what does not fit, and marked so.</param>
    public byte[] Finish(DnsCode code, ushort payload, int limit)
    {
        var flags = 0x8480 | (_query.RecursionDesired ? 0x0100 : 0) | (_query.CheckingDisabled ? 0x0010 : 0) | ((int)code & 0xf); // an authoritative answer
        if (_end + (_query.Extension is null ? 0 : ExtensionBytes) > limit)
        {
            flags |= Truncated;
            _end = DnsQuery.HeaderBytes + _query.Question.Length;
            _message.AsSpan(6, 4).Clear();
        }
        BinaryPrimitives.WriteUInt16BigEndian(_message, _query.Id);
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(2), (ushort)flags);
        _message[5] = 1;
        if (_query.Extension is { } extension)
        {
            WriteExtension(_message.AsSpan(_end), payload, (byte)((int)code >> 4), extension.DnssecOk);
            _end += ExtensionBytes;
            _message[11] = 1;
        }
        return _message[.._end];
    }

    /// <summary>An answer to what could not be read: its number and a code.</summary>
    public static byte[] Error(ReadOnlySpan<byte> message, DnsCode code)
    {
        var answer = new byte[DnsQuery.HeaderBytes];
        message[..2].CopyTo(answer);
        answer[2] = (byte)(0x80 | (message[2] & 0x79)); // the same operation, recursion as it was wanted
        answer[3] = (byte)(0x80 | ((int)code & 0xf));
        return answer;
    }

    /// <summary>A longer answer than the asker can take, cut to its question: it will ask over TCP.</summary>
    public static byte[] Truncate(ReadOnlySpan<byte> answer, int questionBytes)
    {
        var cut = answer[..(DnsQuery.HeaderBytes + questionBytes)].ToArray();
        cut[2] |= Truncated >> 8;
        cut.AsSpan(6, 6).Clear();
        return cut;
    }

    internal static void WriteExtension(Span<byte> record, ushort payload, byte upperCode, bool dnssecOk)
    {
        record[..ExtensionBytes].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(record[1..], DnsType.Extension);
        BinaryPrimitives.WriteUInt16BigEndian(record[3..], payload);
        record[5] = upperCode;
        if (dnssecOk) record[7] = 0x80;
    }

    private void BeginRecord(ushort? name, ushort type)
    {
        if (name is { } pointer) Word(pointer);
        Word(type);
        Word(DnsType.Internet);
        BinaryPrimitives.WriteUInt32BigEndian(_message.AsSpan(_end), _seconds);
        _end += 4;
    }

    private void EndRecord(byte[] data)
    {
        Word((ushort)data.Length);
        data.CopyTo(_message, _end);
        _end += data.Length;
    }

    private void Word(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(_end), value);
        _end += 2;
    }

    private static byte[] Encode(string name) => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}

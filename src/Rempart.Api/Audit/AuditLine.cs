using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Rempart.Api.Audit;

/// <summary>
/// One line of the trail, without its line feed:
/// <c>{"seq":2,"prev":"…","record":{…},"hash":"…"}</c>, where <c>hash</c> is the SHA-256 of all bytes before <c>,"hash"</c> and
/// <c>prev</c> the hash of the line before. So every line vouches for itself and for all that came before it.
/// </summary>
public sealed record AuditLine
{
    /// <summary>Longest line in bytes; longer ones are no record.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>What the first line names as the hash before it.</summary>
    public static readonly string Genesis = new('0', HashCharacters);

    private const int HashCharacters = 2 * SHA256.HashSizeInBytes;

    /// <summary>Bytes of <c>,"hash":"</c>, the hash, and <c>"}</c>.</summary>
    private const int EndBytes = 9 + HashCharacters + 2;

    private static readonly JsonWriterOptions _writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Place in the chain, from 1 without gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>Hash of the line before in lower-case hexadecimal.</summary>
    public required string Previous { get; init; }

    /// <summary>What happened.</summary>
    public required AuditRecord Record { get; init; }

    /// <summary>Hash of this line.</summary>
    public required string Hash { get; init; }

    /// <summary>Appends a line with its line feed to a buffer and returns its hash.</summary>
    public static string Write(MemoryStream output, long sequence, string previous, AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(output);
        var start = (int)output.Position;
        using (var writer = new Utf8JsonWriter(output, _writing))
        {
            writer.WriteStartObject();
            writer.WriteNumber("seq", sequence);
            writer.WriteString("prev", previous);
            writer.WritePropertyName("record");
            JsonSerializer.Serialize(writer, record, AuditJsonContext.Default.AuditRecord);
            writer.Flush();
            var hash = Hex(output.GetBuffer().AsSpan(start, (int)output.Position - start));
            writer.WriteString("hash", hash);
            writer.WriteEndObject();
            writer.Flush();
            output.WriteByte((byte)'\n');
            return hash;
        }
    }

    /// <summary>Reads a line if it is one and its own hash is right.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out AuditLine? line)
    {
        line = null;
        try
        {
            if (bytes.Length is <= EndBytes or > MaxBytes || JsonSerializer.Deserialize(bytes, AuditJsonContext.Default.AuditEnvelope) is not { } read)
            {
                return false;
            }

            // By its place, not by the parser: what is hashed must be all of the line but this end.
            if (!bytes[^EndBytes..].SequenceEqual(Encoding.ASCII.GetBytes($",\"hash\":\"{Hex(bytes[..^EndBytes])}\"}}")))
            {
                return false;
            }

            line = new AuditLine { Sequence = read.Seq, Previous = read.Prev, Record = read.Record, Hash = read.Hash };
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Convert.ToHexStringLower(hash);
    }
}

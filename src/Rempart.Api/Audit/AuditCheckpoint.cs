using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Rempart.Api.Audit;

/// <summary>
/// A signed statement of how far a chain was at a time, kept away from the chain (in the store, on the nodes): who rewrites the chain
/// later, even with the right to append to it, contradicts it.
/// </summary>
public sealed record AuditCheckpoint
{
    /// <summary>Name of the chain: the server identity that writes it.</summary>
    public required string Chain { get; init; }

    /// <summary>How many records there were, which is the last one's sequence number.</summary>
    public required long Count { get; init; }

    /// <summary>Hash of the last record's line.</summary>
    public required string Head { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>ECDSA P-256 over SHA-256 of the members above, IEEE P1363 format, base64.</summary>
    public required string Signature { get; init; }

    /// <summary>States and signs.</summary>
    public static AuditCheckpoint Sign(string chain, long count, string head, DateTimeOffset time, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var statement = new AuditCheckpoint { Chain = chain, Count = count, Head = head, Time = time.ToUniversalTime(), Signature = "" };
        return statement with { Signature = Convert.ToBase64String(key.SignData(statement.Statement(), HashAlgorithmName.SHA256)) };
    }

    /// <summary>Whether the holder of the key said this.</summary>
    public bool IsSignedBy(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var signature = new byte[Signature.Length];
        return Convert.TryFromBase64String(Signature, signature, out var length)
            && key.VerifyData(Statement(), signature.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    /// <summary>As one line of JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, AuditJsonContext.Default.AuditCheckpoint);

    /// <summary>From JSON.</summary>
    /// <exception cref="JsonException">It is no checkpoint.</exception>
    public static AuditCheckpoint FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, AuditJsonContext.Default.AuditCheckpoint) ?? throw new JsonException("a checkpoint is an object");

    private byte[] Statement() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"rempart audit checkpoint v1\n{Count}\n{Head}\n{Time.ToUniversalTime():O}\n{Chain}"));
}

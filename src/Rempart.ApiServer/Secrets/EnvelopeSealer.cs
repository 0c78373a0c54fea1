using System.Security.Cryptography;
using System.Text;

namespace Rempart.ApiServer.Secrets;

/// <summary>
/// Envelope encryption with AES-256-GCM: every value has a data key of its own, wrapped by a key-encryption key. Both are bound to the
/// value's key in the store and to the header, so nothing opens elsewhere or as another version.
/// </summary>
/// <remarks>
/// Layout: <c>"RSV" version(1) | id of the key-encryption key (8) | nonce (12) tag (16) wrapped data key (32) | nonce (12) tag (16)
/// ciphertext</c>. Random 96-bit nonces allow 2^32 values for each key-encryption key (NIST SP 800-38D): rotate before.
/// </remarks>
public sealed class EnvelopeSealer(KeyRing keys) : ISealer
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = KeyEncryptionKey.KeyBytes;
    private const int HeaderBytes = 4 + KeyEncryptionKey.IdBytes;
    private const int WrappedBytes = NonceBytes + TagBytes + KeyBytes;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = HeaderBytes + WrappedBytes + NonceBytes + TagBytes;

    private static ReadOnlySpan<byte> Magic => "RSV\u0001"u8;

    public ReadOnlyMemory<byte> Seal(string key, ReadOnlySpan<byte> plain)
    {
        var active = keys.Active;
        var result = new byte[Overhead + plain.Length];
        Magic.CopyTo(result);
        active.IdSpan.CopyTo(result.AsSpan(Magic.Length));
        var bound = Bound(result, key);
        Span<byte> dataKey = stackalloc byte[KeyBytes];
        try
        {
            RandomNumberGenerator.Fill(dataKey);
            Encrypt(active.Key, dataKey, result.AsSpan(HeaderBytes, WrappedBytes), bound);
            Encrypt(dataKey, plain, result.AsSpan(HeaderBytes + WrappedBytes), bound);
            return result;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    public ReadOnlyMemory<byte> Open(string key, ReadOnlySpan<byte> sealedValue)
    {
        if (sealedValue.Length < Overhead || !sealedValue.StartsWith(Magic))
        {
            throw new SealException($"the value of `{key}` is not sealed, or by a newer version");
        }

        var id = IdOf(sealedValue);
        var wrapping = keys.Find(id) ?? throw new SealException(
            $"the value of `{key}` was sealed with key `{Convert.ToHexStringLower(id)}`, which is not in the key file: restore that key");
        var bound = Bound(sealedValue, key);
        var plain = new byte[sealedValue.Length - Overhead];
        Span<byte> dataKey = stackalloc byte[KeyBytes];
        try
        {
            Decrypt(wrapping.Key, sealedValue.Slice(HeaderBytes, WrappedBytes), dataKey, bound);
            Decrypt(dataKey, sealedValue[(HeaderBytes + WrappedBytes)..], plain, bound);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new SealException($"the value of `{key}` was changed in the store or belongs to another object");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    public bool IsStale(ReadOnlySpan<byte> sealedValue) =>
        sealedValue.Length < Overhead || !sealedValue.StartsWith(Magic) || !IdOf(sealedValue).SequenceEqual(keys.Active.IdSpan);

    private static ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> sealedValue) => sealedValue.Slice(Magic.Length, KeyEncryptionKey.IdBytes);

    /// <summary>What both encryptions vouch for beside their text: the header and the key in the store.</summary>
    private static byte[] Bound(ReadOnlySpan<byte> value, string key) => [.. value[..HeaderBytes], .. Encoding.UTF8.GetBytes(key)];

    private static void Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, Span<byte> output, ReadOnlySpan<byte> bound)
    {
        using var cipher = new AesGcm(key, TagBytes);
        RandomNumberGenerator.Fill(output[..NonceBytes]);
        cipher.Encrypt(output[..NonceBytes], plain, output[(NonceBytes + TagBytes)..], output.Slice(NonceBytes, TagBytes), bound);
    }

    private static void Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> plain, ReadOnlySpan<byte> bound)
    {
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(input[..NonceBytes], input[(NonceBytes + TagBytes)..], input.Slice(NonceBytes, TagBytes), plain, bound);
    }
}

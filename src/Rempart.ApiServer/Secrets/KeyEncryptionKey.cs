using System.Security.Cryptography;

namespace Rempart.ApiServer.Secrets;

/// <summary>An AES-256 key that wraps data keys, and the id that sealed values name it by.</summary>
internal sealed class KeyEncryptionKey : IDisposable
{
    public const int KeyBytes = 32;

    /// <summary>Bytes of an id.</summary>
    public const int IdBytes = 8;

    private readonly byte[] _key;
    private readonly byte[] _id;

    public KeyEncryptionKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes, nameof(key));
        _key = key.ToArray();
        // Derived, so that a key can't go by another's name; one way, so that it tells nothing of the key.
        _id = HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, IdBytes, info: "rempart key id v1"u8.ToArray());
    }

    public ReadOnlySpan<byte> Key => _key;

    public ReadOnlySpan<byte> IdSpan => _id;

    /// <summary>The id in lower-case hexadecimal.</summary>
    public string Id => Convert.ToHexStringLower(_id);

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}

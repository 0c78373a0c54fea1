using System.Buffers.Text;
using System.Security.Cryptography;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>
/// The keys of service account tokens, ECDSA P-256: the first one signs, all of them are accepted. So a key is replaced by putting another
/// one before it, and taken away once the last token that it signed has ended. Safe for use by many threads.
/// </summary>
public sealed class ServiceAccountKeys : IDisposable
{
    private readonly Lock _gate = new();
    private readonly (string Id, ECDsa Key)[] _keys;

    /// <summary>Takes the keys over.</summary>
    /// <param name="keys">The signing one first; at least one.</param>
    public ServiceAccountKeys(IReadOnlyList<ECDsa> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0) throw new ArgumentException("there must be a key that signs", nameof(keys));
        _keys = [.. keys.Select(key => (Id(key), key))];
    }

    /// <summary>Id of the key that signs, as kube-apiserver makes them: SHA-256 of the public key (SubjectPublicKeyInfo) in base64url.</summary>
    public string Current => _keys[0].Id;

    /// <summary>The public halves as they are published (RFC 7518, section 6.2), the signing one first.</summary>
    internal IEnumerable<(string Id, ECParameters Public)> Published => _keys.Select(key => (key.Id, key.Key.ExportParameters(includePrivateParameters: false)));

    /// <summary>Signs with <see cref="Current"/>.</summary>
    /// <param name="data">The bytes.</param>
    /// <returns>64 bytes (RFC 7518, section 3.4).</returns>
    internal byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_gate) return _keys[0].Key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Whether a key of ours signed the data.</summary>
    internal bool Verify(string id, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (Array.Find(_keys, key => key.Id == id).Key is not { } key) return false;
        lock (_gate) return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, key) in _keys) key.Dispose();
    }

    private static string Id(ECDsa key) => Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}

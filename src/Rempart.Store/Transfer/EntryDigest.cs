using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rempart.Store.Transfer;

/// <summary>SHA-256 over keys and values with their lengths. Revisions are not part of it: they change with the store.</summary>
internal sealed class EntryDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Count { get; private set; }

    public long Bytes { get; private set; }

    public void Add(StoreEntry entry)
    {
        Span<byte> lengths = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(lengths, entry.Key.Length);
        BinaryPrimitives.WriteInt32BigEndian(lengths[4..], entry.Value.Length);
        _hash.AppendData(lengths);
        _hash.AppendData(Encoding.ASCII.GetBytes(entry.Key));
        _hash.AppendData(entry.Value.Span);
        Count++;
        Bytes += entry.Key.Length + entry.Value.Length;
    }

    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}

using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>
/// Tokens whose signature was found good; bounded. Each is kept once, under a digest of what was signed: of one token there are several good
/// signatures (with ECDSA (r, n-s) beside (r, s)), and its holder must not fill the places of others with them. Safe for use by many threads.
/// </summary>
internal sealed class KnownTokens
{
    /// <summary>Most tokens that are kept.</summary>
    public const int Most = 4096;

    private const int LeftBySweep = Most / 8 * 7;

    private readonly ConcurrentDictionary<UInt128, Known> _known = new();
    private readonly Lock _adding = new();
    private long _order;

    /// <summary>What a token says that was found good with this very signature.</summary>
    public TokenClaims? Find(string token)
    {
        if (!CompactToken.LooksLike(token)) return null;
        var (signed, signature) = Digests(token);
        return _known.TryGetValue(signed, out var known) && known.Signature == signature ? known.Claims : null;
    }

    public void Add(string token, TokenClaims claims, DateTimeOffset now)
    {
        var (signed, signature) = Digests(token);
        lock (_adding)
        {
            if (_known.Count >= Most && !_known.ContainsKey(signed)) Sweep(now.ToUnixTimeSeconds());
            _known[signed] = new Known(signature, claims, ++_order);
        }
    }

    public void Forget(string token) => _known.TryRemove(Digests(token).Signed, out _);

    // What is over goes first, then the oldest: an eighth at a time, so that not each further token looks through all of them.
    private void Sweep(long now)
    {
        foreach (var (digest, old) in _known)
        {
            if (old.Claims.Exp <= now) _known.TryRemove(digest, out _);
        }

        var left = _known.ToArray();
        foreach (var (digest, _) in left.OrderBy(one => one.Value.Order).Take(left.Length - LeftBySweep)) _known.TryRemove(digest, out _);
    }

    private static (UInt128 Signed, UInt128 Signature) Digests(string token)
    {
        var last = Math.Max(token.LastIndexOf('.'), 0);
        return (Digest(token.AsSpan(0, last)), Digest(token.AsSpan(last)));
    }

    // Half of a SHA-256: nobody finds a second text of the same digest.
    private static UInt128 Digest(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), hash);
        ArrayPool<byte>.Shared.Return(bytes);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    private sealed record Known(UInt128 Signature, TokenClaims Claims, long Order);
}

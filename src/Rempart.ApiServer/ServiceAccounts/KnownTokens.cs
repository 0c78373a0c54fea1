using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>Tokens whose signature was found good, under a digest of them; bounded. Safe for use by many threads.</summary>
internal sealed class KnownTokens
{
    private const int Most = 4096;

    private readonly ConcurrentDictionary<UInt128, TokenClaims> _claims = new();

    public TokenClaims? Find(string token) => _claims.GetValueOrDefault(Digest(token));

    public void Add(string token, TokenClaims claims, DateTimeOffset now)
    {
        if (_claims.Count >= Most)
        {
            foreach (var (digest, old) in _claims)
            {
                if (old.Exp <= now.ToUnixTimeSeconds()) _claims.TryRemove(digest, out _);
            }

            // More tokens than places: begin again, which costs each of them one check.
            if (_claims.Count >= Most) _claims.Clear();
        }

        _claims[Digest(token)] = claims;
    }

    public void Forget(string token) => _claims.TryRemove(Digest(token), out _);

    // Half of a SHA-256: nobody finds a second token of the same digest.
    private static UInt128 Digest(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}

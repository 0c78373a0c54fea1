using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>
/// Tokens as they are written: JWS compact serialization (RFC 7515) with ES256 and nothing else. The algorithm is ours to know, not the
/// token's to name: <c>none</c>, HMAC with a public key and the like are refused before anything is decoded that was not signed by us.
/// </summary>
internal static class CompactToken
{
    private const int Longest = 8 * 1024;
    private const string Algorithm = "ES256";

    /// <summary>Whether a bearer's credential has the form of a token; it may still be anybody's.</summary>
    public static bool LooksLike(string text) => text.Length <= Longest && text.AsSpan().Count('.') == 2;

    public static string Write(TokenClaims claims, ServiceAccountKeys keys)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new TokenHeader { Alg = Algorithm, Kid = keys.Current }, TokenJsonContext.Default.TokenHeader);
        var payload = JsonSerializer.SerializeToUtf8Bytes(claims, TokenJsonContext.Default.TokenClaims);
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(keys.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>What a token says.</summary>
    /// <exception cref="TokenRefusedException">It was not signed by a key of ours, or is no token.</exception>
    public static TokenClaims Read(string text, ServiceAccountKeys keys)
    {
        if (!LooksLike(text)) throw new TokenRefusedException("it is no token of a service account");
        var (first, last) = (text.IndexOf('.', StringComparison.Ordinal), text.LastIndexOf('.'));
        try
        {
            var header = JsonSerializer.Deserialize(Decode(text.AsSpan(0, first)), TokenJsonContext.Default.TokenHeader) ?? throw new JsonException();
            if (header.Alg != Algorithm) throw new TokenRefusedException($"tokens of service accounts are signed with `{Algorithm}` only");
            var signature = Decode(text.AsSpan(last + 1));
            if (!keys.Verify(header.Kid, Encoding.ASCII.GetBytes(text[..last]), signature)) throw new TokenRefusedException("it was not signed by a key of this cluster");
            return JsonSerializer.Deserialize(Decode(text.AsSpan(first + 1, last - first - 1)), TokenJsonContext.Default.TokenClaims) ?? throw new JsonException();
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new TokenRefusedException("it is no token of a service account");
        }
    }

    // .NET passes over white space, padding and bits that count for nothing: each would be a further spelling of one token.
    private static byte[] Decode(ReadOnlySpan<char> segment)
    {
        var bytes = Base64Url.DecodeFromChars(segment);
        return segment.SequenceEqual(Base64Url.EncodeToString(bytes)) ? bytes : throw new FormatException();
    }
}

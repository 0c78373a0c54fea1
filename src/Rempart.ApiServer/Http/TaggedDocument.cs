using System.Security.Cryptography;

namespace Rempart.ApiServer.Http;

/// <summary>A document that changes with the server's version only, as it is sent.</summary>
/// <param name="Bytes">The body.</param>
/// <param name="Hash">SHA-256 of the bytes in hexadecimal: its ETag.</param>
internal sealed record TaggedDocument(ReadOnlyMemory<byte> Bytes, string Hash)
{
    public static TaggedDocument Of(ReadOnlyMemory<byte> bytes) => new(bytes, Convert.ToHexString(SHA256.HashData(bytes.Span)));
}

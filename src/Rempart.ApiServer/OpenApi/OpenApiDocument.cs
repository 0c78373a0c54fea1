namespace Rempart.ApiServer.OpenApi;

/// <summary>A document as it is sent.</summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Hash">SHA-256 of the bytes in hexadecimal: its ETag, and the <c>hash</c> parameter under which it may be kept for ever.</param>
internal sealed record OpenApiDocument(ReadOnlyMemory<byte> Json, string Hash);

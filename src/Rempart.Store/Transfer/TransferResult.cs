namespace Rempart.Store.Transfer;

/// <summary>What a transfer has done.</summary>
/// <param name="Count">Entries.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="Digest">SHA-256 of all keys and values with their lengths, in key order, hexadecimal.</param>
/// <param name="Resumed">How many of them an earlier try had written.</param>
public sealed record TransferResult(long Count, long Bytes, string Digest, long Resumed);

namespace Rempart.Store;

/// <summary>A key and its value at a revision. Do not change the value's memory: it is shared.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The bytes, at least one.</param>
/// <param name="ModRevision">The revision that wrote this value.</param>
/// <param name="CreateRevision">The revision that created the key, equal to <paramref name="ModRevision"/> for a first value.</param>
public sealed record StoreEntry(string Key, ReadOnlyMemory<byte> Value, long ModRevision, long CreateRevision);

namespace Rempart.Store;

/// <summary>One change of one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The new bytes, or null if the key was deleted. Do not change the memory: it is shared.</param>
/// <param name="Revision">The revision of the commit.</param>
/// <param name="CreateRevision">The revision that created the key, also when it is deleted now; equal to <paramref name="Revision"/> for a creation.</param>
public sealed record StoreEvent(string Key, ReadOnlyMemory<byte>? Value, long Revision, long CreateRevision);

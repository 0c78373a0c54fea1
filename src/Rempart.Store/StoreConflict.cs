namespace Rempart.Store;

/// <summary>A key of a commit that was not at its expected revision.</summary>
/// <param name="Key">The key.</param>
/// <param name="ExpectedRevision">What the commit expected.</param>
/// <param name="Current">What is there, null if the key does not exist.</param>
public sealed record StoreConflict(string Key, long ExpectedRevision, StoreEntry? Current);

namespace Rempart.Store;

/// <summary>Where a store is.</summary>
/// <param name="Incarnation">Changes when revisions no longer continue the earlier line (a restore): older revisions then mean nothing.</param>
/// <param name="Revision">The newest revision, at least 1.</param>
/// <param name="CompactedRevision">The oldest revision that can be listed, and the lowest to watch after.</param>
public readonly record struct StoreStamp(string Incarnation, long Revision, long CompactedRevision);

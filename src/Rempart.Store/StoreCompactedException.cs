namespace Rempart.Store;

/// <summary>The revision asked for was compacted: list the latest state and go on from there (HTTP 410 Gone).</summary>
public sealed class StoreCompactedException(long revision, long compactedRevision)
    : StoreException($"revision `{revision}` was compacted: the oldest kept is `{compactedRevision}`, list again", inner: null)
{
    public long Revision { get; } = revision;

    public long CompactedRevision { get; } = compactedRevision;
}

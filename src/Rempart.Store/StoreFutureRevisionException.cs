namespace Rempart.Store;

/// <summary>The revision asked for was not issued yet by this store.</summary>
public sealed class StoreFutureRevisionException(long revision, long currentRevision)
    : StoreException($"revision `{revision}` was not issued yet: the newest is `{currentRevision}`", inner: null)
{
    public long Revision { get; } = revision;

    public long CurrentRevision { get; } = currentRevision;
}

using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>One change of one object.</summary>
/// <param name="Now">The object after the change; null when it was deleted.</param>
/// <param name="Before">The object before; null when it was created. Of a deleted object this carries the revision of the deletion.</param>
/// <param name="Revision">The revision of the change.</param>
internal sealed record CacheEvent(CachedObject? Now, CachedObject? Before, long Revision)
{
    /// <summary>Bytes of documents that the event keeps in memory.</summary>
    public long Bytes => (Now?.Document.Length ?? 0) + (Before?.Document.Length ?? 0);
}

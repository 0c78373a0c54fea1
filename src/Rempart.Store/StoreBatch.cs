namespace Rempart.Store;

/// <summary>What a watch tells at a time.</summary>
/// <param name="Events">All changes of the watched keys since the last batch up to <paramref name="Revision"/>, in order of revision, whole revisions only; possibly none.</param>
/// <param name="Revision">The watcher is now current up to this revision: what to watch after when it begins again.</param>
public sealed record StoreBatch(IReadOnlyList<StoreEvent> Events, long Revision);

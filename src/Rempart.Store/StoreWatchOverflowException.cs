namespace Rempart.Store;

/// <summary>A watcher read more slowly than changes came and lost its place: it begins again after the last batch's revision.</summary>
public sealed class StoreWatchOverflowException(string prefix)
    : StoreException($"the watch of `{prefix}` fell too far behind: watch again after the last revision seen", inner: null);

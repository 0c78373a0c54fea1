namespace Rempart.Protocols.Etcd;

/// <summary>What a watch tells at a time (etcdserverpb.WatchResponse).</summary>
/// <param name="Header">The member's newest revision.</param>
/// <param name="Events">Changes in order of revision.</param>
/// <param name="IsFragment">More of the last revision may follow in the next part.</param>
/// <param name="Canceled">Why the member ended the watch; null while it goes on.</param>
/// <param name="CompactRevision">If it ended because the start is compacted: the oldest revision that can be watched.</param>
public sealed record EtcdWatchPart(EtcdHeader Header, IReadOnlyList<EtcdEvent> Events, bool IsFragment, string? Canceled, long CompactRevision);

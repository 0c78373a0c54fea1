namespace Rempart.Protocols.Etcd;

/// <summary>An answer for keys (etcdserverpb.RangeResponse).</summary>
/// <param name="Entries">In key order.</param>
/// <param name="Count">How many keys the range has, whatever the limit.</param>
/// <param name="Header">As of when.</param>
public sealed record EtcdRangeResult(IReadOnlyList<EtcdKeyValue> Entries, long Count, EtcdHeader Header);

namespace Rempart.Protocols.Etcd;

/// <summary>What became of a transaction.</summary>
/// <param name="Succeeded">Whether its conditions held.</param>
/// <param name="Ranges">The answers of its reads, in order.</param>
/// <param name="Header">The revision of its writes.</param>
public sealed record EtcdTransactionResult(bool Succeeded, IReadOnlyList<EtcdRangeResult> Ranges, EtcdHeader Header);

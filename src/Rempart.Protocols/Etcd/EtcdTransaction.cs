namespace Rempart.Protocols.Etcd;

/// <summary>All or nothing (etcdserverpb.TxnRequest).</summary>
/// <param name="Conditions">What must hold.</param>
/// <param name="Success">What is done if they hold.</param>
/// <param name="Failure">What is done if they don't.</param>
public sealed record EtcdTransaction(IReadOnlyList<EtcdCompare> Conditions, IReadOnlyList<EtcdOperation> Success, IReadOnlyList<EtcdOperation> Failure);

namespace Rempart.Protocols.Etcd;

/// <summary>A call of etcd that failed.</summary>
public sealed class EtcdException(EtcdFailure failure, string message, Exception? inner) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public EtcdFailure Failure { get; } = failure;

    /// <summary>Whether a write may have been made all the same.</summary>
    public bool IsOutcomeUnknown { get; init; }

    /// <summary>With <see cref="EtcdFailure.Compacted"/> of a watch: the oldest revision that can be watched.</summary>
    public long CompactRevision { get; init; }
}

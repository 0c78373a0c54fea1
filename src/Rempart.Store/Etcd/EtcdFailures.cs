using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>What failures of etcd mean for who uses the store.</summary>
internal static class EtcdFailures
{
    public static StoreException Translate(EtcdException failure) => failure.Failure switch
    {
        EtcdFailure.TooLarge => new StoreLimitException(failure.Message),
        EtcdFailure.NoSpace => new StoreUnavailableException(failure.IsOutcomeUnknown ? $"whether the change was written is unknown: {failure.Message}" : failure.Message, failure) { IsDiskFull = !failure.IsOutcomeUnknown },
        _ => new StoreUnavailableException(failure.IsOutcomeUnknown ? $"whether the change was written is unknown: {failure.Message}" : $"etcd can't be used: {failure.Message}", failure) { IsAway = failure.Failure == EtcdFailure.Unavailable },
    };

    /// <summary>With what to look at when etcd was never reached: a certificate that it refuses shows as a connection that it closes.</summary>
    public static StoreException AtOpening(EtcdException failure) => failure.Failure == EtcdFailure.Unavailable
        ? new StoreUnavailableException($"etcd can't be used: {failure.Message}; look at the addresses, whether it runs, and whether its authority signed our certificate", failure)
        : Translate(failure);

    public static StoreUnavailableException Replaced() =>
        new("the store in etcd was deleted or replaced by another since it was opened: start again to use what is there now", inner: null);

    public static StoreUnavailableException OutOfUse(string why) => new($"the store in etcd can't be used: {why}", inner: null);

    public static StoreUnavailableException Closed() => new("the store is closed", inner: null);
}

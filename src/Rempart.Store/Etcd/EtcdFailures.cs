using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>What failures of etcd mean for who uses the store.</summary>
internal static class EtcdFailures
{
    public static StoreException Translate(EtcdException failure) => failure.Failure switch
    {
        EtcdFailure.TooLarge => new StoreLimitException(failure.Message),
        EtcdFailure.NoSpace => new StoreUnavailableException(failure.Message, failure) { IsDiskFull = true },
        _ => new StoreUnavailableException(failure.IsOutcomeUnknown ? $"whether the change was written is unknown: {failure.Message}" : $"etcd can't be used: {failure.Message}", failure),
    };

    public static StoreUnavailableException Replaced() =>
        new("the store in etcd was deleted or replaced by another since it was opened: start again to use what is there now", inner: null);

    public static StoreUnavailableException OutOfUse(string why) => new($"the store in etcd can't be used: {why}", inner: null);

    public static StoreUnavailableException Closed() => new("the store is closed", inner: null);
}

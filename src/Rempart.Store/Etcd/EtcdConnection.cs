using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>The first steps with an etcd: to connect, to find a store there, to make one.</summary>
internal static class EtcdConnection
{
    public static EtcdClient Connect(EtcdStoreOptions options) => new(new EtcdClientOptions
    {
        Endpoints = options.Endpoints,
        Authorities = options.Authorities,
        Certificate = options.Certificate,
        AttemptTimeout = options.AttemptTimeout,
        CallTimeout = options.CallTimeout,
        Left = (member, why) =>
        {
            StoreMetrics.FailedOver();
            options.Left?.Invoke(member, why);
        },
        Time = options.Time,
    });

    /// <summary>The store that is there; null if there is none.</summary>
    public static async Task<EtcdMeta?> FindAsync(EtcdClient client, EtcdLayout layout, CancellationToken cancellationToken) =>
        EtcdMeta.Read(layout, await client.RangeAsync(layout.Meta, EtcdClient.AnswerBytes, cancellationToken));

    /// <summary>Makes a store, or finds the one that somebody else made at the same time.</summary>
    public static async Task<EtcdMeta> MakeAsync(EtcdClient client, EtcdLayout layout, EtcdMark mark, CancellationToken cancellationToken)
    {
        var leftover = await client.RangeAsync(layout.Data with { Limit = 1, KeysOnly = true }, EtcdClient.AnswerBytes, cancellationToken);
        if (leftover.Count > 0)
        {
            throw new StoreCorruptException($"etcd has {leftover.Count} keys under `{layout.Root}` but no mark of a store: name another instance, or delete them", inner: null);
        }

        await client.TransactAsync(new EtcdTransaction([new EtcdCompare(layout.Mark, 0)], [EtcdOperation.Put(layout.Mark, mark.ToBytes())], []), cancellationToken);
        return await FindAsync(client, layout, cancellationToken) ?? throw EtcdFailures.Replaced();
    }
}

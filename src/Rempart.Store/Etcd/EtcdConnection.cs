using System.Text;
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
        RetryTimeout = options.RetryTimeout,
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
    /// <param name="client">The connection.</param>
    /// <param name="layout">Where.</param>
    /// <param name="mark">What it is to be.</param>
    /// <param name="closed">Why it may not be used yet; null if it may.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<EtcdMeta> MakeAsync(EtcdClient client, EtcdLayout layout, EtcdMark mark, string? closed, CancellationToken cancellationToken)
    {
        var leftover = await client.RangeAsync(layout.Data with { Limit = 1, KeysOnly = true }, EtcdClient.AnswerBytes, cancellationToken);
        if (leftover.Count > 0)
        {
            throw new StoreCorruptException($"etcd has {leftover.Count} keys under `{layout.Root}` but no mark of a store: name another instance, or delete them", inner: null);
        }

        EtcdOperation[] writes = [EtcdOperation.Put(layout.Mark, mark.ToBytes()), .. closed is null ? Array.Empty<EtcdOperation>() : [EtcdOperation.Put(layout.Closed, Encoding.UTF8.GetBytes(closed))]];
        await client.TransactAsync(new EtcdTransaction([new EtcdCompare(layout.Mark, 0)], writes, []), cancellationToken);
        return await FindAsync(client, layout, cancellationToken) ?? throw EtcdFailures.Replaced();
    }

    /// <summary>The names of the servers that use the store now.</summary>
    public static async Task<IReadOnlyList<string>> ServersAsync(EtcdClient client, EtcdLayout layout, CancellationToken cancellationToken) =>
        [.. (await client.RangeAsync(layout.Servers, EtcdClient.AnswerBytes, cancellationToken)).Entries.Select(entry => Encoding.UTF8.GetString(entry.Value.Span))];
}

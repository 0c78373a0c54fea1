using System.Runtime.CompilerServices;
using Rempart.Protocols.Etcd;
using Rempart.Store.Transfer;

namespace Rempart.Store.Etcd;

/// <summary>A store in etcd that is being filled: marked as out of use until it is finished.</summary>
public sealed class EtcdTarget : IStoreTarget
{
    /// <summary>Etcd takes 128 operations in a transaction unless told otherwise, and 1.5 MiB.</summary>
    private const int BatchEntries = 100;
    private const int BatchBytes = 1024 * 1024;

    private readonly EtcdClient _client;
    private readonly EtcdLayout _layout;
    private readonly EtcdMeta _meta;
    private readonly EtcdPages _pages;

    private EtcdTarget(EtcdClient client, EtcdLayout layout, EtcdMeta meta) => (_client, _layout, _meta, _pages) = (client, layout, meta, new EtcdPages(client, layout));

    /// <summary>Begins, or goes on where the same transfer was cut off.</summary>
    /// <param name="options">Where.</param>
    /// <param name="identity">Of the source.</param>
    /// <param name="firstRevision">The revision at which it begins.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransferException">There is a store, or a transfer of something else.</exception>
    public static async Task<EtcdTarget> OpenAsync(EtcdStoreOptions options, string identity, long firstRevision, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var layout = new EtcdLayout(options.Instance);
        var closed = $"it is being filled from `{identity}`, which was not finished: run the same command again";
        var client = EtcdConnection.Connect(options);
        try
        {
            var meta = await EtcdConnection.FindAsync(client, layout, cancellationToken)
                ?? await EtcdConnection.MakeAsync(client, layout, EtcdMark.New(firstRevision), closed, cancellationToken);
            return meta.Closed switch
            {
                null => throw new TransferException($"etcd has a store of the instance `{options.Instance}`: a transfer needs an empty place"),
                var why when why != closed => throw new TransferException($"etcd has a store of the instance `{options.Instance}` that is out of use ({why}): name another instance, or delete the keys under `{layout.Root}`"),
                _ => new EtcdTarget(client, layout, meta),
            };
        }
        catch (EtcdException failure)
        {
            client.Dispose();
            throw EtcdFailures.Translate(failure);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public async ValueTask<string> LastKeyAsync(CancellationToken cancellationToken)
    {
        var last = "";
        await foreach (var entry in ReadAsync(cancellationToken)) last = entry.Key;
        return last;
    }

    public async ValueTask WriteAsync(IReadOnlyList<StoreEntry> entries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var (batch, bytes) = (new List<EtcdOperation>(), 0);
        foreach (var entry in entries)
        {
            if (batch.Count > 0 && (batch.Count == BatchEntries || bytes + entry.Value.Length > BatchBytes))
            {
                await TransactAsync(batch, cancellationToken);
                (batch, bytes) = ([], 0);
            }

            batch.Add(EtcdOperation.Put(_layout.Key(entry.Key), entry.Value));
            bytes += entry.Value.Length;
        }

        if (batch.Count > 0) await TransactAsync(batch, cancellationToken);
    }

    public async IAsyncEnumerable<StoreEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var range = StoreRange.All; ;)
        {
            var page = await PageAsync(range, cancellationToken);
            foreach (var entry in page.Entries) yield return new StoreEntry(_layout.Strip(entry.Key), entry.Value, _meta.ToStore(entry.ModRevision), _meta.ToStore(entry.CreateRevision));
            if (page.Count == page.Entries.Count) yield break;
            range = range.After(_layout.Strip(page.Entries[^1].Key));
        }
    }

    public async ValueTask FinishAsync(CancellationToken cancellationToken) => await TransactAsync([EtcdOperation.Delete(_layout.Closed)], cancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes may be repeated here, since nobody else writes: what is unknown is written again, by whoever resumes.</summary>
    private async Task TransactAsync(IEnumerable<EtcdOperation> operations, CancellationToken cancellationToken)
    {
        try
        {
            var done = await _client.TransactAsync(
                new EtcdTransaction([new EtcdCompare(_layout.Mark, _meta.MarkRevision), new EtcdCompare(_layout.Closed, _meta.ClosedRevision)], [.. operations, EtcdOperation.Put(_layout.Head, default)], []), cancellationToken);
            if (!done.Succeeded) throw new TransferException("somebody else has changed the store in etcd that is being filled: begin again");
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.Translate(failure);
        }
    }

    private async Task<EtcdRangeResult> PageAsync(StoreRange range, CancellationToken cancellationToken)
    {
        try
        {
            return (await _pages.ReadAsync(range, BatchEntries * 4, revision: 0, cancellationToken)).Page;
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.Translate(failure);
        }
    }
}

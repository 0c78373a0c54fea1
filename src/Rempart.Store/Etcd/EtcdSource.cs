using System.Runtime.CompilerServices;
using System.Text;
using Rempart.Protocols.Etcd;
using Rempart.Store.Transfer;

namespace Rempart.Store.Etcd;

/// <summary>The store of an instance in etcd as of one revision.</summary>
public sealed class EtcdSource : IStoreSource
{
    private const int PageEntries = 512;
    private readonly EtcdClient _client;
    private readonly EtcdLayout _layout;
    private readonly EtcdMeta _meta;
    private readonly EtcdPages _pages;
    private readonly long _etcdRevision;

    private EtcdSource(EtcdClient client, EtcdLayout layout, EtcdMeta meta, long etcdRevision, long count)
    {
        (_client, _layout, _meta, _etcdRevision, Count) = (client, layout, meta, etcdRevision, count);
        _pages = new EtcdPages(client, layout);
    }

    public string Identity => $"etcd {_meta.Incarnation}@{_meta.Revision}";

    public StoreStamp Stamp => _meta.Stamp;

    public long Revision => _meta.Revision;

    public long Count { get; }

    /// <summary>Opens it for a copy while servers go on.</summary>
    /// <exception cref="StoreException">There is none, or it can't be reached.</exception>
    public static Task<EtcdSource> OpenAsync(EtcdStoreOptions options, CancellationToken cancellationToken) => OpenAsync(options, why: null, cancellationToken);

    /// <summary>Takes it out of use and opens it, for a move.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="why">What servers are told from now on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransferException">A server uses it.</exception>
    public static Task<EtcdSource> TakeAsync(EtcdStoreOptions options, string why, CancellationToken cancellationToken) => OpenAsync(options, why, cancellationToken);

    /// <summary>Puts the store back into use, or changes what servers are told.</summary>
    public async Task ReleaseAsync(string? why, CancellationToken cancellationToken)
    {
        try
        {
            var operation = why is null ? EtcdOperation.Delete(_layout.Closed) : EtcdOperation.Put(_layout.Closed, Encoding.UTF8.GetBytes(why));
            var done = await _client.TransactAsync(new EtcdTransaction(Untouched, [operation], []), cancellationToken);
            if (!done.Succeeded) throw Touched();
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.Translate(failure);
        }
    }

    /// <summary>The store's revision when it was made: one that was moved here begins above its source's.</summary>
    public long FirstRevision => _meta.Mark.Base;

    /// <summary>Why a store may not be used; null if it may, or if there is none.</summary>
    public static async Task<string?> NoticeAsync(EtcdStoreOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var client = EtcdConnection.Connect(options);
        try
        {
            return (await EtcdConnection.FindAsync(client, new EtcdLayout(options.Instance), cancellationToken))?.Closed;
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.AtOpening(failure);
        }
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        if (_meta.Closed is null) return;
        try
        {
            var now = await EtcdConnection.FindAsync(_client, _layout, cancellationToken);
            if (now is null || !now.IsSame(_meta) || now.ClosedRevision != _meta.ClosedRevision || now.HeadRevision != _meta.HeadRevision) throw Touched();
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.Translate(failure);
        }
    }

    public async IAsyncEnumerable<StoreEntry> ReadAsync(string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var range = after.Length == 0 ? StoreRange.All : StoreRange.All.After(after); ;)
        {
            var page = await PageAsync(range, cancellationToken);
            foreach (var entry in page.Entries) yield return new StoreEntry(_layout.Strip(entry.Key), entry.Value, _meta.ToStore(entry.ModRevision), _meta.ToStore(entry.CreateRevision));
            if (page.Count == page.Entries.Count) yield break;
            range = range.After(_layout.Strip(page.Entries[^1].Key));
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private EtcdCompare[] Untouched =>
        [new EtcdCompare(_layout.Mark, _meta.MarkRevision), new EtcdCompare(_layout.Closed, _meta.ClosedRevision), new EtcdCompare(_layout.Head, _meta.HeadRevision)];

    private static TransferException Touched() => new("the store in etcd was put back into use while it was moved: end what uses it and begin again");

    private static async Task<EtcdSource> OpenAsync(EtcdStoreOptions options, string? why, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var layout = new EtcdLayout(options.Instance);
        var client = EtcdConnection.Connect(options);
        try
        {
            var meta = await EtcdConnection.FindAsync(client, layout, cancellationToken) ?? throw new StoreUnavailableException($"etcd has no store of the instance `{options.Instance}`", inner: null);
            if (meta.Closed is { } closed && closed != why) throw EtcdFailures.OutOfUse(closed);
            if (why is not null) await TakeAsync(client, layout, meta, why, cancellationToken);
            var ranges = await client.RangesAsync([layout.Meta, layout.Data with { Limit = 1, KeysOnly = true }], EtcdClient.AnswerBytes, cancellationToken);
            return new EtcdSource(client, layout, EtcdMeta.Read(layout, ranges.Ranges[0]) ?? throw EtcdFailures.Replaced(), ranges.Header.Revision, ranges.Ranges[1].Count);
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

    /// <summary>First the notice, then the look for servers: one that starts meanwhile sees the notice, or is seen.</summary>
    private static async Task TakeAsync(EtcdClient client, EtcdLayout layout, EtcdMeta meta, string why, CancellationToken cancellationToken)
    {
        var isNew = meta.Closed is null;
        if (isNew)
        {
            var taken = await client.TransactAsync(new EtcdTransaction([new EtcdCompare(layout.Mark, meta.MarkRevision), new EtcdCompare(layout.Closed, 0)], [EtcdOperation.Put(layout.Closed, Encoding.UTF8.GetBytes(why))], []), cancellationToken);
            if (!taken.Succeeded) throw new TransferException("somebody else takes the store in etcd out of use at the same time: look what they do, then begin again");
        }

        try
        {
            var servers = await EtcdConnection.ServersAsync(client, layout, cancellationToken);
            if (servers.Count > 0) throw new TransferException($"the store is in use by {string.Join(", ", servers)}: stop them first (a server that was killed counts for 15 s)");
        }
        catch when (isNew)
        {
            // Servers that run must not stay without their store because nobody could look for them.
            await client.TransactAsync(new EtcdTransaction([new EtcdCompare(layout.Mark, meta.MarkRevision)], [EtcdOperation.Delete(layout.Closed)], []), CancellationToken.None);
            throw;
        }
    }

    private async Task<EtcdRangeResult> PageAsync(StoreRange range, CancellationToken cancellationToken)
    {
        try
        {
            return (await _pages.ReadAsync(range, PageEntries, _etcdRevision, cancellationToken)).Page;
        }
        catch (EtcdException compacted) when (compacted.Failure == EtcdFailure.Compacted)
        {
            throw new TransferException("history was compacted while the store was read: try again");
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.Translate(failure);
        }
    }
}

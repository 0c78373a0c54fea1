using System.Globalization;
using System.Text;
using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <content>Compaction: ours, and that of others who use the same etcd.</content>
public sealed partial class EtcdStore
{
    private static readonly TimeSpan _longestCompaction = TimeSpan.FromMinutes(2);

    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, 1);
        var now = await CurrentMetaAsync(cancellationToken);
        if (revision > now.Revision) throw new StoreFutureRevisionException(revision, now.Revision);
        if (revision <= now.Compacted) return;
        await TryRecordCompactionAsync(revision, cancellationToken);
        try
        {
            await _client.CompactAsync(_meta.ToEtcd(revision), _longestCompaction, cancellationToken);
        }
        catch (EtcdException further) when (further.Failure == EtcdFailure.Compacted)
        {
            // Somebody else was there.
        }
        catch (EtcdException failure)
        {
            throw EtcdFailures.Translate(failure);
        }
    }

    /// <summary>A full database takes no note, but a compaction, which makes room.</summary>
    private async Task TryRecordCompactionAsync(long revision, CancellationToken cancellationToken)
    {
        try
        {
            await RecordCompactionAsync(revision, cancellationToken);
        }
        catch (StoreUnavailableException full) when (full.InnerException is EtcdException { Failure: EtcdFailure.NoSpace })
        {
            // Noted when an older revision is asked for.
        }
    }

    /// <summary>Says how far history is kept. Only forwards, whoever else writes it at the same time.</summary>
    private async Task RecordCompactionAsync(long revision, CancellationToken cancellationToken)
    {
        var value = Encoding.ASCII.GetBytes(revision.ToString(CultureInfo.InvariantCulture));
        for (var round = 0; round < 8; round++)
        {
            var now = await CurrentMetaAsync(cancellationToken);
            if (now.Compacted >= revision) return;
            var transaction = new EtcdTransaction(
                [new EtcdCompare(_layout.Mark, _meta.MarkRevision), new EtcdCompare(_layout.Compacted, now.CompactedRevision)], [EtcdOperation.Put(_layout.Compacted, value)], []);
            if ((await AskAsync(token => _client.TransactAsync(transaction, token), cancellationToken)).Succeeded) return;
        }

        throw new StoreUnavailableException("others compact the store at the same time again and again: try later", inner: null);
    }

    /// <summary>
    /// Somebody else compacted the whole etcd, beyond what this store knew: how far is asked with a watch of the distant past, the only
    /// question that etcd answers with that number.
    /// </summary>
    private async Task<StoreException> CompactedAsync(long revision, CancellationToken cancellationToken)
    {
        try
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await foreach (var part in _client.WatchAsync(_layout.Meta with { Revision = 1 }, enough.Token))
            {
                if (part.Events.Count > 0) break;
            }
        }
        catch (EtcdException answer) when (answer.CompactRevision > 0)
        {
            var compacted = _meta.ToStore(answer.CompactRevision);
            await TryRecordCompactionAsync(Math.Min(compacted, (await CurrentMetaAsync(cancellationToken)).Revision), cancellationToken);
            return new StoreCompactedException(revision, compacted);
        }
        catch (EtcdException failure)
        {
            return EtcdFailures.Translate(failure);
        }

        return new StoreCompactedException(revision, (await CurrentMetaAsync(cancellationToken)).Compacted);
    }
}

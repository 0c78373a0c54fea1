using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>
/// Reads pages that end after so many entries or bytes. Etcd knows no limit in bytes, so a page is asked for in pieces that grow while
/// entries are small; a piece that is too large all the same is not taken and asked for anew, smaller.
/// </summary>
internal sealed class EtcdPages(EtcdClient client, EtcdLayout layout)
{
    private const int FirstPiece = 64;
    private const int Growth = 8;

    /// <summary>Reads a page and the meta keys of the same moment.</summary>
    /// <param name="range">Which keys.</param>
    /// <param name="limit">Most entries.</param>
    /// <param name="revision">Etcd's revision; 0 for the latest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(EtcdRangeResult Meta, EtcdRangeResult Page)> ReadAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        var (entries, bytes, size) = (new List<EtcdKeyValue>(), 0, Math.Min(limit, FirstPiece));
        EtcdRangeResult? meta = null;
        if (range.To is { } end && string.CompareOrdinal(range.From, end) >= 0)
        {
            // For etcd an end that is not behind the start means something else.
            var empty = await client.RangeAsync(layout.Meta, EtcdClient.AnswerBytes, cancellationToken);
            return (empty, new EtcdRangeResult([], 0, empty.Header));
        }

        while (true)
        {
            EtcdTransactionResult answer;
            try
            {
                answer = await client.RangesAsync([layout.Meta, layout.Range(range) with { Limit = size, Revision = revision }], EtcdClient.AnswerBytes, cancellationToken);
            }
            catch (EtcdException tooLarge) when (tooLarge.Failure == EtcdFailure.AnswerTooLarge && size > 1)
            {
                size = Math.Max(1, size / 4);
                continue;
            }

            meta ??= answer.Ranges[0];
            // Later pieces are of the same moment.
            if (revision == 0) revision = answer.Header.Revision;
            var piece = answer.Ranges[1];
            foreach (var entry in piece.Entries)
            {
                entries.Add(entry);
                bytes += entry.Value.Length;
                if (entries.Count == limit || bytes >= StoreLimits.PageBytes) break;
            }

            var taken = entries.Count == 0 ? 0 : piece.Entries.TakeWhile(entry => string.CompareOrdinal(entry.Key, entries[^1].Key) <= 0).Count();
            var left = piece.Count - taken;
            if (left == 0 || entries.Count == limit || bytes >= StoreLimits.PageBytes) return (meta, new EtcdRangeResult(entries, entries.Count + left, piece.Header));
            range = range.After(layout.Strip(entries[^1].Key));
            // As many as fit if the rest is like what was seen, and never many times more than came well.
            var fit = (long)(StoreLimits.PageBytes - bytes) * entries.Count / Math.Max(bytes, 1) + 1;
            size = (int)Math.Min(Math.Min((long)size * Growth, fit), limit - entries.Count);
        }
    }
}

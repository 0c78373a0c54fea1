using System.Globalization;
using System.Security.Cryptography;
using Rempart.Api.Audit;
using Rempart.Store;

namespace Rempart.ApiServer.Audit;

/// <summary>Finds out from the store what became of intents whose outcome a crash prevented, and records it.</summary>
public static class IntentResolver
{
    /// <summary>Appends an outcome for each intent. To be called at the start, before requests and before compaction.</summary>
    /// <param name="log">The trail.</param>
    /// <param name="intents">Its unresolved intents.</param>
    /// <param name="store">The store that they were about; digests in intents are those of stored bytes.</param>
    /// <param name="cancellationToken">Gives up; what is not resolved stays to be resolved at the next start.</param>
    public static async Task ResolveAsync(IAuditLog log, IReadOnlyList<AuditRecord> intents, IStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(intents);
        var claimed = new HashSet<(string Key, long Revision)>();
        foreach (var intent in intents)
        {
            var (revision, whole) = intent.Key is null ? (null, true) : await FindAsync(intent, intent.Key, store, claimed, cancellationToken);
            var (status, said) = (revision, whole) switch
            {
                ({ }, _) => (200, "it was written"),
                (null, true) => (500, "the store's history holds no such write"),
                // Other servers forget history while this one is away: what was acknowledged must not be called a failure.
                (null, false) => ((int?)null, "whether it was written is not known, the store's history begins later"),
            };
            await log.AppendAsync(
                intent with
                {
                    Stage = AuditStage.Outcome,
                    Status = status,
                    Revision = revision,
                    Note = string.Create(CultureInfo.InvariantCulture, $"found after a restart for the intent of {intent.Time:O}: {said}"),
                },
                cancellationToken);
        }
    }

    /// <summary>The revision at which the key went from the intent's digest before to the one after, if it ever did, and whether the history goes back to the intent.</summary>
    private static async Task<(long? Revision, bool Whole)> FindAsync(
        AuditRecord intent, string key, IStore store, HashSet<(string Key, long Revision)> claimed, CancellationToken cancellationToken)
    {
        var stamp = await store.CurrentAsync(cancellationToken);
        var page = await store.ListAsync(new StoreRange(key, key + '\0'), 1, stamp.CompactedRevision, cancellationToken);
        var before = page.Entries.Count == 0 ? null : Digest(page.Entries[0].Value);
        if (page.Entries.Count > 0 && intent.After is not null && before == intent.After && claimed.Add((key, page.Entries[0].ModRevision)))
        {
            // What came before it is compacted away.
            return (page.Entries[0].ModRevision, true);
        }

        await foreach (var batch in store.WatchAsync(key, stamp.CompactedRevision, cancellationToken))
        {
            foreach (var change in batch.Events.Where(change => change.Key == key))
            {
                var after = change.Value is { } value ? Digest(value) : null;
                if (before == intent.Before && after == intent.After && claimed.Add((key, change.Revision)))
                {
                    return (change.Revision, true);
                }

                before = after;
            }

            if (batch.Revision >= stamp.Revision)
            {
                break;
            }
        }

        return (null, stamp.CompactedRevision <= (intent.Revision ?? 0));
    }

    private static string Digest(ReadOnlyMemory<byte> value) => Convert.ToHexStringLower(SHA256.HashData(value.Span));
}

using System.Globalization;
using Rempart.Api.Audit;
using Rempart.Store;

namespace Rempart.ApiServer.Audit;

/// <summary>
/// Checkpoints in the store, a key each, never written over. Beyond a bound the oldest go: each checkpoint vouches for all records
/// before it, so the newest ones are what a verifier needs most.
/// </summary>
public sealed class StoredCheckpoints(IStore store, string chain, int most = StoredCheckpoints.DefaultMost)
{
    /// <summary>More than a day of a busy server.</summary>
    public const int DefaultMost = 10_000;

    private AuditCheckpoint? _latest;
    private readonly StoreRange _range = StoreRange.Prefix($"/audit/checkpoints/{chain}/");

    /// <summary>The newest one that was kept, once <see cref="LoadAsync"/> has run or one was kept since.</summary>
    public AuditCheckpoint? Latest => Volatile.Read(ref _latest);

    /// <summary>Finds the newest one of earlier runs: the farthest, not the latest, since a clock may have been set back.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken) =>
        Interlocked.CompareExchange(ref _latest, (await ListAsync(cancellationToken)).MaxBy(checkpoint => checkpoint.Count), comparand: null);

    /// <summary>Keeps a checkpoint; meant for <see cref="AuditLogOptions.Checkpointed"/>.</summary>
    public async ValueTask KeepAsync(AuditCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        // Zeros in front, so that the order of keys is the order of the chain; the time apart, because a trail begun anew counts anew.
        var key = string.Create(
            CultureInfo.InvariantCulture, $"{_range.From}{checkpoint.Count:D19}-{checkpoint.Time.ToUnixTimeMilliseconds():D15}");
        await store.CommitAsync([new StoreWrite(key, checkpoint.ToJson(), 0)], cancellationToken);
        Volatile.Write(ref _latest, checkpoint);
        var oldest = await store.ListAsync(_range, StoreLimits.CommitWrites, 0, cancellationToken);
        var tooMany = oldest.Entries.Count + oldest.RemainingCount - most;
        if (tooMany > 0)
        {
            await store.CommitAsync(
                [.. oldest.Entries.Take((int)Math.Min(tooMany, StoreLimits.CommitWrites)).Select(entry => new StoreWrite(entry.Key, Value: null, entry.ModRevision))],
                cancellationToken);
        }
    }

    /// <summary>All checkpoints of the chain in its order.</summary>
    public async Task<IReadOnlyList<AuditCheckpoint>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<AuditCheckpoint>();
        var page = await store.ListAsync(_range, StoreLimits.PageEntries, 0, cancellationToken);
        while (true)
        {
            all.AddRange(page.Entries.Select(entry => AuditCheckpoint.FromJson(entry.Value.Span)));
            if (!page.More)
            {
                return all;
            }

            page = await store.ListAsync(_range.After(page.Entries[^1].Key), StoreLimits.PageEntries, page.Revision, cancellationToken);
        }
    }
}

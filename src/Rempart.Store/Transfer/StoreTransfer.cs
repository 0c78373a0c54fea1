namespace Rempart.Store.Transfer;

/// <summary>Copies a store into an empty one, compares both object by object, and only then makes it a store.</summary>
public static class StoreTransfer
{
    private const int BatchEntries = 256;
    private const int BatchBytes = 4 * 1024 * 1024;

    /// <summary>More than what can have been issued between a backup and the loss of its store.</summary>
    private const long RestoreGap = 1_000_000_000;

    /// <summary>
    /// The revision at which a store that is restored begins, so that everything that clients remember is in its past: of the time after
    /// the backup, and, by the clock in milliseconds, of earlier restores of the same backup.
    /// </summary>
    public static long RestoreRevision(long revision, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return revision + RestoreGap + time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>Copies, checks and finishes. Cut off at any point it can be called again, with the same source.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="target">Where to.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellationToken">Cuts it off.</param>
    /// <exception cref="TransferException">What was written is not what was read; the target was not finished.</exception>
    public static async Task<TransferResult> CopyAsync(IStoreSource source, IStoreTarget target, IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(progress);
        var after = await target.LastKeyAsync(cancellationToken);
        var (batch, bytes, written) = (new List<StoreEntry>(), 0, 0L);
        await foreach (var entry in source.ReadAsync(after, cancellationToken))
        {
            batch.Add(entry);
            bytes += entry.Value.Length;
            if (batch.Count < BatchEntries && bytes < BatchBytes) continue;
            await target.WriteAsync(batch, cancellationToken);
            written += batch.Count;
            progress.Report(new TransferProgress("copying", written, source.Count));
            (batch, bytes) = ([], 0);
        }

        if (batch.Count > 0) await target.WriteAsync(batch, cancellationToken);
        written += batch.Count;
        var result = await CompareAsync(source, target, progress, cancellationToken);
        await source.CheckAsync(cancellationToken);
        await target.FinishAsync(cancellationToken);
        return result with { Resumed = result.Count - written };
    }

    private static async Task<TransferResult> CompareAsync(IStoreSource source, IStoreTarget target, IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        using var wanted = new EntryDigest();
        using var found = new EntryDigest();
        await using var copies = target.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await foreach (var entry in source.ReadAsync("", cancellationToken))
        {
            if (!await copies.MoveNextAsync()) throw new TransferException($"the copy ends before `{entry.Key}`: delete it and begin again");
            if (copies.Current.Key != entry.Key || !copies.Current.Value.Span.SequenceEqual(entry.Value.Span))
            {
                throw new TransferException($"the copy has `{copies.Current.Key}` where the source has `{entry.Key}`, or another value of it: delete the copy and begin again");
            }

            wanted.Add(entry);
            found.Add(copies.Current);
            if (wanted.Count % BatchEntries == 0) progress.Report(new TransferProgress("checking", wanted.Count, source.Count));
        }

        if (await copies.MoveNextAsync()) throw new TransferException($"the copy has `{copies.Current.Key}`, which the source has not: delete it and begin again");
        var digest = wanted.Finish();
        if (wanted.Count != source.Count || digest != found.Finish()) throw new TransferException($"the source told {wanted.Count} entries of {source.Count}: it changed meanwhile, begin again");
        progress.Report(new TransferProgress("checking", wanted.Count, source.Count));
        return new TransferResult(wanted.Count, wanted.Bytes, digest, 0);
    }
}

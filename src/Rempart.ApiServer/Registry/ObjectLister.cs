using Rempart.Store;

namespace Rempart.ApiServer.Registry;

/// <summary>Lists objects at the resourceVersion that a request asks for, from memory where that shows it and else from the store's history.</summary>
internal sealed class ObjectLister(ObjectCache cache, IStore store, IValueTransform transform)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);
    private const int StorePage = 1000;

    /// <summary>Lists.</summary>
    /// <param name="target">The kind.</param>
    /// <param name="selection">Which objects.</param>
    /// <param name="limit">Most objects of one answer; null for all.</param>
    /// <param name="version">resourceVersion, resourceVersionMatch and continue.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ObjectPage> ListAsync(KindRegistration target, Selection selection, int? limit, ListVersion version, CancellationToken cancellationToken)
    {
        version.CheckList();
        if (version.Token is { } token)
        {
            // The token is the caller's word: one that begins before the namespace would list the namespaces before it.
            if (!Range(target, selection).Contains(target.Prefix + token.After)) throw Failures.BadRequest("invalid continue token: continue key is not valid: it is of another list");
            if (!token.IsInconsistent) return await AsOfAsync(target, selection, limit, token.Revision, token.After, cancellationToken);
            await cache.SyncAsync(cancellationToken);
            return Present(target, selection, limit, token.After, null)!;
        }

        if (version.Exact(limit is not null) is { } exact) return await AsOfAsync(target, selection, limit, exact, "", cancellationToken);
        if (version.Version is { } least) await WaitAsync(least, cancellationToken);
        else await cache.SyncAsync(cancellationToken);
        return Present(target, selection, limit, "", null)!;
    }

    /// <summary>Waits, not for long, until the cache shows a revision; 504 when that revision is far away.</summary>
    public async Task WaitAsync(long revision, CancellationToken cancellationToken)
    {
        if (cache.Revision >= revision) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestWait);
        try
        {
            await cache.WaitForAsync(revision, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failures.TooLargeResourceVersion(revision, cache.Revision);
        }
    }

    // What has not changed since is still in memory; else it is read from the store, which takes many times longer.
    private async Task<ObjectPage> AsOfAsync(KindRegistration target, Selection selection, int? limit, long revision, string after, CancellationToken cancellationToken) =>
        await CanShowAsync(revision, cancellationToken) && Present(target, selection, limit, after, revision) is { } page ? page : await HistoryAsync(target, selection, limit, revision, after, cancellationToken);

    // A revision that was forgotten is refused though memory may show the same: what is answered must not depend on what else is asked.
    private async ValueTask<bool> CanShowAsync(long revision, CancellationToken cancellationToken) =>
        revision <= cache.Revision && (await store.CurrentAsync(cancellationToken)).CompactedRevision <= revision;

    private ObjectPage? Present(KindRegistration target, Selection selection, int? limit, string after, long? of)
    {
        if (selection.IsWhole)
        {
            if (cache.Of(target.Stored.Kind).Page(selection.Namespace, after, limit ?? int.MaxValue, of) is not { } page) return null;
            return new ObjectPage(Shown(target, page.Objects), page.Revision, page.Left > 0 ? new ContinueToken(page.Revision, page.Objects[^1].Key) : null, page.Left > 0 ? page.Left : null);
        }

        if (cache.Of(target.Stored.Kind).Page(selection.Namespace, after, int.MaxValue, of) is not { } all) return null;
        var found = new List<CachedObject>();
        foreach (var stored in all.Objects)
        {
            var candidate = target.Stored == target ? stored : target.Show(stored);
            if (!selection.Matches(candidate)) continue;
            found.Add(candidate);
            // One more than wanted shows that there are more.
            if (found.Count > limit) return new ObjectPage([.. found[..^1]], all.Revision, new ContinueToken(all.Revision, found[^2].Key), null);
        }

        return new ObjectPage([.. found], all.Revision, null, null);
    }

    private static CachedObject[] Shown(KindRegistration target, CachedObject[] stored) => target.Stored == target ? stored : [.. stored.Select(target.Show)];

    private async Task<ObjectPage> HistoryAsync(KindRegistration target, Selection selection, int? limit, long revision, string after, CancellationToken cancellationToken)
    {
        var range = Range(target, selection);
        if (after.Length > 0) range = range.After(target.Prefix + after);
        // Behind a selector most of what is read is not told: reading by the limit would be a question for each object.
        var most = selection.IsWhole ? Math.Min(StorePage, limit ?? StorePage) : StorePage;
        var found = new List<CachedObject>();
        while (true)
        {
            StorePage page;
            try
            {
                page = await store.ListAsync(range, most, revision, cancellationToken);
            }
            catch (StoreCompactedException)
            {
                throw after.Length > 0 ? Failures.ContinueExpired(after) : Failures.Expired("The resourceVersion for the provided list is too old.");
            }
            catch (StoreFutureRevisionException)
            {
                throw Failures.TooLargeResourceVersion(revision, cache.Revision);
            }

            for (var i = 0; i < page.Entries.Count; i++)
            {
                var entry = page.Entries[i];
                var candidate = target.Show(new CachedObject(target.Stored.Layout, entry.Key[target.Prefix.Length..], transform.Open(entry.Key, entry.Value), entry.ModRevision, entry.CreateRevision));
                if (!selection.Matches(candidate)) continue;
                found.Add(candidate);
                if (found.Count != limit) continue;
                var left = page.RemainingCount + page.Entries.Count - i - 1;
                return new ObjectPage([.. found], revision, left > 0 ? new ContinueToken(revision, candidate.Key) : null, left > 0 && selection.IsWhole ? left : null);
            }

            if (!page.More) return new ObjectPage([.. found], revision, null, null);
            range = range.After(page.Entries[^1].Key);
        }
    }

    private static StoreRange Range(KindRegistration target, Selection selection) =>
        StoreRange.Prefix(target.Prefix + (selection.Namespace is { } ns && target.Kind.Namespaced ? ns + "/" : ""));
}

using System.Security.Cryptography;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>Begins watches at the resourceVersion that a request asks for.</summary>
internal sealed class WatchStarter(ObjectCache cache, ObjectLister lister, AccessWatch access, IRefusalAudit refusals, TimeSpan bookmarkEvery, TimeProvider time, CancellationToken stopping)
{
    private const int ShortestTimeout = 1800;
    private const int LongestTimeout = 3600;

    public async Task<ApiResult> StartAsync(RequestContext context, KindRegistration target, Selection selection, CancellationToken cancellationToken)
    {
        var (query, asked) = (context.Query, context.Query.Version);
        asked.CheckWatch();
        if (asked.Version is { } wanted) await lister.WaitAsync(wanted, cancellationToken);
        else await cache.SyncAsync(cancellationToken);

        // Without a version, with version 0, or when asked to, a watch begins with what is there.
        var anywhere = asked.Version is null or 0;
        var fromStart = asked.SendInitialEvents ?? anywhere;
        var kind = cache.Of(target.Stored.Kind);
        var watcher = kind.Watch(selection.Namespace, fromStart ? null : anywhere ? kind.Range.Current : asked.Version);
        if (watcher is null) return new RefusedWatch(Failures.Expired($"too old resource version: {asked.Version} ({kind.Range.Oldest})").Status);
        var seconds = query.TimeoutSeconds is { } limit and > 0 ? Math.Min(limit, LongestTimeout) : RandomNumberGenerator.GetInt32(ShortestTimeout, LongestTimeout);
        return new WatchResult(target, watcher, selection, access, refusals, new WatchOptions
        {
            Timeout = TimeSpan.FromSeconds(seconds),
            Bookmarks = query.AllowWatchBookmarks,
            InitialEventsEnd = asked.SendInitialEvents == true && query.AllowWatchBookmarks,
            BookmarkEvery = bookmarkEvery,
            Time = time,
            Stopping = stopping,
        });
    }
}
